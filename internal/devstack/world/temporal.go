package world

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
)

// TemporalServer is a `devstack temporal` process. It ends with this process.
type TemporalServer struct {
	Address string `json:"temporal"`
	UI      string `json:"ui"`
	dir     string
	binary  string
	cmd     *exec.Cmd
}

// StartTemporal starts a Temporal server from the devstack binary, with its data in a
// directory, on a free port.
func StartTemporal(binary, dir string) (*TemporalServer, error) {
	s := &TemporalServer{binary: binary, dir: dir}
	return s, s.Start()
}

// Start starts a server that was killed again, with its data and on its address.
func (s *TemporalServer) Start() error {
	port := "0"
	if s.Address != "" {
		var err error
		if _, port, err = net.SplitHostPort(s.Address); err != nil {
			return fmt.Errorf("address of the Temporal server: %w", err)
		}
	}
	cmd := exec.Command(s.binary, "temporal", "--die-with-parent", "--dir", s.dir, "--port", port) //nolint:gosec,noctx // our own program; it outlives the call
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start the Temporal server (run `make build` first): %w", err)
	}
	s.cmd = cmd
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		return errors.Join(fmt.Errorf("the Temporal server did not start: %w", err), cmd.Wait())
	}
	return json.Unmarshal([]byte(line), s)
}

// Kill ends the server at once, as kill -9 does.
func (s *TemporalServer) Kill() error {
	if err := s.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("kill the Temporal server: %w", err)
	}
	_ = s.cmd.Wait() // killed: it reports just that
	return nil
}

// AtRest reports whether a workflow has nothing to do but wait.
func (w *World) AtRest(ctx context.Context, workflowID string) (bool, error) {
	d, err := w.Temporal.DescribeWorkflowExecution(ctx, workflowID, "")
	if err != nil {
		return false, fmt.Errorf("describe workflow %q: %w", workflowID, err)
	}
	return d.GetPendingWorkflowTask() == nil && len(d.GetPendingActivities()) == 0, nil
}
