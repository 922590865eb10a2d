package sandbox

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"maan/internal/provider"
)

// Server serves a sandbox on a loopback address, and can stop listening for a
// while, so that connections are really refused.
type Server struct {
	handler http.Handler

	mu      sync.Mutex
	addr    string
	running *http.Server
}

// NewServer returns a server that does not listen yet.
func NewServer(handler http.Handler) *Server { return &Server{handler: handler} }

// Start listens on addr, such as 127.0.0.1:8095 or 127.0.0.1:0 for any free
// port. It refuses an address that other machines could reach.
func (s *Server) Start(addr string) error {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return fmt.Errorf("sandbox address %q: give it as 127.0.0.1:port: %w", addr, err)
	}
	if !provider.IsLoopback(host) {
		return fmt.Errorf("sandbox address %q is not loopback: use 127.0.0.1", addr)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.running != nil {
		return fmt.Errorf("sandbox already listens on %s", s.addr)
	}
	return s.listen(addr)
}

// StartListening listens again on the address that Start was given.
func (s *Server) StartListening() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.addr == "" {
		return errors.New("sandbox was never started: call Start first")
	}
	if s.running != nil {
		return nil
	}
	return s.listen(s.addr)
}

// StopListening closes the listener and every connection: new ones are refused,
// requests under way break off.
func (s *Server) StopListening() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.running == nil {
		return nil
	}
	running := s.running
	s.running = nil
	if err := running.Close(); err != nil {
		return fmt.Errorf("stop the sandbox's listener: %w", err)
	}
	return nil
}

// Addr returns the address listened on, with the real port.
func (s *Server) Addr() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.addr
}

// URL returns the base URL to give to the clients.
func (s *Server) URL() string { return "http://" + s.Addr() }

// listen needs s.mu.
func (s *Server) listen(addr string) error {
	listener, err := net.Listen("tcp", addr) //nolint:noctx // binding a loopback address does not wait
	if err != nil {
		return fmt.Errorf("sandbox: listen: %w", err)
	}
	s.addr = listener.Addr().String()
	s.running = &http.Server{Handler: s.handler, ReadHeaderTimeout: 10 * time.Second}
	// Serve ends with ErrServerClosed only: the listener is ours alone.
	go func(server *http.Server) { _ = server.Serve(listener) }(s.running)
	return nil
}
