package temporalserver

import (
	"context"
	"fmt"
	"net"
	"strconv"

	"maan/internal/devstack/freeport"
)

// ports are the addresses of one server; all are on 127.0.0.1.
type ports struct {
	frontend, history, matching, worker, ui int
}

// choosePorts takes the wished ports and free ones for the rest. All of them are held open until the
// last is chosen, so none is handed out twice, and a wished port that is taken is refused here with
// a clear message and not later by a service of the server.
func choosePorts(ctx context.Context, frontend, ui int) (ports, error) {
	var chosen ports
	for _, p := range []struct {
		name string
		wish int
		to   *int
	}{
		{"Temporal", frontend, &chosen.frontend},
		{"Temporal UI", ui, &chosen.ui},
		{"Temporal history service", 0, &chosen.history},
		{"Temporal matching service", 0, &chosen.matching},
		{"Temporal worker service", 0, &chosen.worker},
	} {
		l, err := listen(ctx, p.wish)
		if err != nil {
			return ports{}, fmt.Errorf("port %d for %s is not free; stop what uses it or choose another: %w", p.wish, p.name, err)
		}
		defer func() { _ = l.Close() }()
		if *p.to, err = portOf(l.Addr()); err != nil {
			return ports{}, fmt.Errorf("port for %s: %w", p.name, err)
		}
	}
	return chosen, nil
}

func listen(ctx context.Context, wish int) (net.Listener, error) {
	if wish == 0 {
		return freeport.Listen(ctx)
	}
	return new(net.ListenConfig).Listen(ctx, "tcp", address(wish))
}

func portOf(a net.Addr) (int, error) {
	_, port, err := net.SplitHostPort(a.String())
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(port)
}

func address(port int) string { return net.JoinHostPort(loopback, strconv.Itoa(port)) }
