package world

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
)

// Client calls the product's API as a finance system would.
type Client struct {
	Base string
	Key  string
}

// Answer is what the API answered.
type Answer struct {
	Status int
	Body   []byte
}

// Decode reads the answer as JSON.
func (a Answer) Decode(v any) error {
	if err := json.Unmarshal(a.Body, v); err != nil {
		return fmt.Errorf("read answer (status %d): %w", a.Status, err)
	}
	return nil
}

// File is a body that is sent as a plain file; bytes are sent as XML.
type File []byte

// Do sends a request; a body that is neither bytes nor a file is sent as JSON.
func (c *Client) Do(ctx context.Context, method, path string, body any, headers ...string) (Answer, error) {
	var in io.Reader
	contentType := "application/json"
	switch b := body.(type) {
	case nil:
	case File:
		in, contentType = bytes.NewReader(b), "application/octet-stream"
	case []byte:
		in, contentType = bytes.NewReader(b), "application/xml"
	default:
		text, err := json.Marshal(b)
		if err != nil {
			return Answer{}, fmt.Errorf("write request: %w", err)
		}
		in = bytes.NewReader(text)
	}
	req, err := http.NewRequestWithContext(ctx, method, c.Base+path, in)
	if err != nil {
		return Answer{}, err
	}
	req.Header.Set("Authorization", "Bearer "+c.Key)
	if in != nil {
		req.Header.Set("Content-Type", contentType)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return Answer{}, err
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	return Answer{Status: res.StatusCode, Body: text}, err
}

// Must is Do for a request that has to succeed; it reads the answer into out unless nil.
func (c *Client) Must(ctx context.Context, method, path string, body, out any) error {
	a, err := c.Do(ctx, method, path, body)
	if err != nil {
		return err
	}
	if a.Status >= http.StatusBadRequest {
		return fmt.Errorf("%s %s: status %d: %s", method, path, a.Status, a.Body)
	}
	if out == nil || len(a.Body) == 0 {
		return nil
	}
	return a.Decode(out)
}
