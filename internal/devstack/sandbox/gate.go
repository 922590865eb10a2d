package sandbox

import (
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"
)

// gates are the providers' own addresses. Each has a listener of its own, so that it can
// refuse connections while the page and the controls stay reachable.
type gates struct {
	mu      sync.Mutex
	servers map[Channel]*Server
	smtp    *smtpGate // the mail provider's other door
	closed  bool
}

// ServeProvider listens for the requests of one provider on a loopback address of its own, such
// as 127.0.0.1:0, and returns its URL. Only there can the modes down and restart refuse
// connections; where a provider is reached through the sandbox's handler, down closes the
// connection before the request is read, which leaves the client in doubt.
func (s *Sandbox) ServeProvider(channel Channel, addr string) (url string, err error) {
	mux := http.NewServeMux()
	switch channel {
	case Email:
		s.mailRoutes(mux)
	case SMS:
		s.textRoutes(mux)
	default:
		return "", fmt.Errorf("channel %q: use email or sms", channel)
	}
	s.gates.mu.Lock()
	defer s.gates.mu.Unlock()
	if s.gates.closed || s.gates.servers[channel] != nil {
		return "", fmt.Errorf("the %s provider is served already, or the sandbox is closed", channel)
	}
	server := NewServer(thisMachineOnly(mux))
	if err := server.Start(addr); err != nil {
		return "", err
	}
	s.gates.servers[channel] = server
	return server.URL(), nil
}

// behave takes a behaviour that normal returned.
func (s *Sandbox) behave(b Behaviour) error {
	s.behaviour.set(b)
	return s.openGates()
}

// openGates makes the gates be as the behaviours have it: closed while a channel is down.
func (s *Sandbox) openGates() error {
	s.gates.mu.Lock()
	defer s.gates.mu.Unlock()
	if s.gates.closed {
		return nil
	}
	var errs []error
	for channel, server := range s.gates.servers {
		errs = append(errs, open(server, !s.behaviour.down(channel)))
	}
	if s.gates.smtp != nil {
		errs = append(errs, open(s.gates.smtp, !s.behaviour.down(Email)))
	}
	return errors.Join(errs...)
}

// listener is a gate that can refuse connections.
type listener interface {
	StartListening() error
	StopListening() error
}

func open(gate listener, wanted bool) error {
	if wanted {
		return gate.StartListening()
	}
	return gate.StopListening()
}

// reopenPause is how soon a gate is tried again whose port somebody else holds for a moment.
const reopenPause = 50 * time.Millisecond

// restart takes a provider away in the middle of what it does, and brings it back after its
// delay. What it has accepted it remembers.
func (s *Sandbox) restart(b Behaviour) {
	_ = s.openGates() // the channel is down by now: its gate closes, and closing does not fail for long
	go func() {
		if !s.pass(time.Duration(b.DelayMS) * time.Millisecond) {
			return
		}
		s.behaviour.back(b.absence())
		for s.openGates() != nil && s.pass(reopenPause) { // until the port is free again
		}
	}()
}

// pass reports whether the sandbox is still open after d.
func (s *Sandbox) pass(d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-s.done:
		return false
	}
}

func (g *gates) close() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.closed = true
	var errs []error
	for _, server := range g.servers {
		errs = append(errs, server.StopListening())
	}
	if g.smtp != nil {
		errs = append(errs, g.smtp.StopListening())
	}
	return errors.Join(errs...)
}
