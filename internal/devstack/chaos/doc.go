// Package chaos takes parts away while reminders leave, and counts what became of them.
//
// Each case has a stack of its own: PostgreSQL, Temporal, the provider sandbox, the API and one
// or two workers. It starts invoices with the standard policy, lets their reminders come due
// while no worker runs, starts the workers, and strikes while the backlog is sent. Then the
// clock runs on until every reminder has its outcome, and two witnesses are heard: PostgreSQL,
// by the order in which its transactions committed, and the sandbox's own journal.
//
//	lost           a reminder that was due, did not leave, and is neither paid nor a person's task
//	doubled        more than one accepted message for one invoice, step and channel
//	after payment  a message claimed after the payment of its invoice had committed, or one that
//	               left after the API's answer to the payment without being named in it
//	sent again     a friendly message repeated since nobody said in time whether the first left:
//	               the policy wants that, so it is not doubled
//	with a person  a reminder whose fate somebody is asked to find out
package chaos
