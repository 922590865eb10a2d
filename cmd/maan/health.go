package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/caarlos0/env/v11"
	"github.com/spf13/cobra"

	"maan/internal/config"
)

func healthCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "health",
		Short: "Ask the API on this machine whether it is well; for container health checks",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := config.Load(env.ToMap(os.Environ()))
			if err != nil {
				return err
			}
			_, port, err := net.SplitHostPort(c.APIAddress)
			if err != nil {
				return fmt.Errorf("MAAN_API_ADDRESS: %w", err)
			}
			req, err := http.NewRequestWithContext(cmd.Context(), http.MethodGet, "http://"+net.JoinHostPort("127.0.0.1", port)+"/readyz", nil)
			if err != nil {
				return err
			}
			res, err := (&http.Client{Timeout: 3 * time.Second}).Do(req)
			if err != nil {
				return errors.New("the API does not answer")
			}
			return errors.Join(showHealth(cmd.OutOrStdout(), res), res.Body.Close())
		},
	}
}

// showHealth says what a person must know of an API that is ready: that its messages do
// not go to the customers.
func showHealth(out io.Writer, res *http.Response) error {
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("the API is not ready: status %d", res.StatusCode)
	}
	var said struct {
		Redirected []string `json:"redirected"`
	}
	if err := json.NewDecoder(io.LimitReader(res.Body, 64<<10)).Decode(&said); err != nil {
		return fmt.Errorf("the API's answer cannot be read: %w", err)
	}
	for _, channel := range said.Redirected {
		if _, err := fmt.Fprintf(out, "every %s message is redirected to one address\n", channel); err != nil {
			return err
		}
	}
	return nil
}
