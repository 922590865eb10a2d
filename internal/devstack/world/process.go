package world

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"time"
)

// Process is one of the product's processes.
type Process struct {
	name    string
	metrics string // address, if it serves them
	cmd     *exec.Cmd
	done    chan struct{} // closed when it has ended
}

// process starts `maan NAME` with the world's environment. It ends with this process.
func (w *World) process(name string) (*Process, error) {
	cmd := exec.Command(w.Binary, name) //nolint:gosec,noctx // our own program; it outlives the call
	cmd.Env = append(os.Environ(), w.env...)
	p := &Process{name: name, cmd: cmd, done: make(chan struct{})}
	if w.Measured {
		var err error
		if p.metrics, err = address(context.Background(), ""); err != nil {
			return nil, err
		}
		cmd.Env = append(cmd.Env, "MAAN_METRICS_ADDRESS="+p.metrics)
	}
	cmd.Stdout, cmd.Stderr = w.log, w.log
	dieWithParent(cmd)
	if err := startLocked(cmd); err != nil {
		return nil, fmt.Errorf("start maan %s: %w", name, err)
	}
	go func() {
		_ = cmd.Wait() // how it ended is in the log
		close(p.done)
		if !w.closing.Load() {
			select {
			case w.ended <- name:
			default:
			}
		}
	}()
	return p, nil
}

// stopPatience is how long a process may take to end by itself.
const stopPatience = 40 * time.Second

// Stop asks the process to end and waits; one that does not is killed.
func (p *Process) Stop() error {
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("stop maan %s: %w", p.name, err)
	}
	select {
	case <-p.done:
		return nil
	case <-time.After(stopPatience):
		return errors.Join(fmt.Errorf("maan %s did not stop in %s", p.name, stopPatience), p.Kill())
	}
}

// Kill ends the process at once, as kill -9 does.
func (p *Process) Kill() error {
	if err := p.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("kill maan %s: %w", p.name, err)
	}
	<-p.done
	return nil
}

// PID is the process id.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// StartWorker starts one more worker.
func (w *World) StartWorker() error {
	p, err := w.process("worker")
	if err != nil {
		return err
	}
	w.workers = append(w.workers, p)
	return nil
}

// WorkerMemory is the most memory that one of the running workers has used, in bytes.
func (w *World) WorkerMemory() (most int, err error) {
	for _, p := range w.workers {
		m, err := memory(p.PID())
		if err != nil {
			return 0, err
		}
		most = max(most, m)
	}
	return most, nil
}

// KillWorker ends the oldest worker with -9.
func (w *World) KillWorker() error {
	if len(w.workers) == 0 {
		return errors.New("no worker runs")
	}
	oldest := w.workers[0]
	w.workers = w.workers[1:]
	return oldest.Kill()
}

// KillAPI ends the API with -9; StartAPI starts it again on its address.
func (w *World) KillAPI() error { return w.api.Kill() }

// StartAPI starts the API and waits until it answers.
func (w *World) StartAPI(ctx context.Context) (err error) {
	if w.api, err = w.process("api"); err != nil {
		return err
	}
	return w.waitReady(ctx)
}

// KillWorkers ends every worker with -9.
func (w *World) KillWorkers() error {
	var errs []error
	for _, p := range w.workers {
		errs = append(errs, p.Kill())
	}
	w.workers = nil
	return errors.Join(errs...)
}

// StopWorkers asks every worker to end.
func (w *World) StopWorkers() error {
	var errs []error
	for _, p := range w.workers {
		errs = append(errs, p.Stop())
	}
	w.workers = nil
	return errors.Join(errs...)
}
