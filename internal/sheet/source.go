package sheet

import (
	"bytes"
	"fmt"
	"io"
	"math"
)

// source is a file that can be read again from where it began.
type source struct {
	file  io.ReadSeeker
	start int64
	bytes int64 // counted by the first reading
}

// newSource takes a file as it is where it can be rewound; a pipe or a network
// stream is kept in memory, with one byte more than allowed to tell that it is
// too large.
func newSource(r io.Reader, maxBytes int64) (*source, error) {
	if seeker, ok := r.(io.ReadSeeker); ok {
		if start, err := seeker.Seek(0, io.SeekCurrent); err == nil {
			return &source{file: seeker, start: start}, nil
		}
	}
	data, err := io.ReadAll(io.LimitReader(r, min(maxBytes, math.MaxInt64-1)+1))
	if err != nil {
		return nil, fmt.Errorf("read sheet: %w", err)
	}
	return &source{file: bytes.NewReader(data)}, nil
}

// again is the file from its beginning.
func (s *source) again() (io.Reader, error) {
	if _, err := s.file.Seek(s.start, io.SeekStart); err != nil {
		return nil, fmt.Errorf("read sheet again: %w", err)
	}
	return s.file, nil
}

// counted reads as much as the first reading saw; more or less is an error, for a
// file that somebody still writes to is not the one that was surveyed.
type counted struct {
	in   io.Reader
	left int64
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.in.Read(p)
	c.left -= int64(n)
	if c.left < 0 || (err == io.EOF && c.left > 0) {
		return 0, errChanged
	}
	return n, err //nolint:wrapcheck // passed through as it is
}
