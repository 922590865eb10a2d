// Package sandbox is a stand-in for SendGrid and Twilio. It speaks their HTTP
// interfaces well enough for the real clients, keeps what it accepted, reports
// on it with signed webhooks, shows an inbox, and misbehaves on demand. It is
// for development and tests: it serves, and posts to, this machine only.
//
// The journal is the witness of every test about double or lost messages: a
// message stands in it exactly when the sandbox accepted it, whatever the
// client was told.
//
// Each provider can have an address of its own (ServeProvider): there, down really refuses
// connections, and a restart breaks what is under way and keeps what was accepted.
//
//	request -> misbehave before -> check -> journal -> store -> queue webhooks -> misbehave after -> answer
package sandbox
