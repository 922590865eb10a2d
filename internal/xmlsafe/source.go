package xmlsafe

import (
	"bufio"
	"errors"
	"io"
	"math"
)

// Errors of a source that ran into a limit.
var (
	errTooLarge  = errors.New("document too large")
	errLongToken = errors.New("token too long")
)

// source counts the bytes that the decoder takes, over the whole document and
// since the last token. The decoder holds a whole token in memory, so the
// second count is what bounds it.
type source struct {
	in       *bufio.Reader
	left     int64
	token    int64
	maxToken int64
	// err is the error that ended the reading, io.EOF left aside. The decoder
	// may hand out what it has before it tells.
	err error
}

func newSource(r io.Reader, maxBytes, maxToken int64) *source {
	return &source{
		in:   bufio.NewReader(io.LimitReader(r, min(maxBytes, math.MaxInt64-1)+1)),
		left: maxBytes, maxToken: maxToken,
	}
}

// ReadByte is what the decoder calls while the document is UTF-8.
func (s *source) ReadByte() (byte, error) {
	b, err := s.in.ReadByte()
	if err != nil {
		return 0, s.stop(err)
	}
	if err := s.count(1); err != nil {
		return 0, err
	}
	return b, nil
}

// Read is what a character set's reader calls.
func (s *source) Read(p []byte) (int, error) {
	n, err := s.in.Read(p)
	if err != nil {
		return n, s.stop(err)
	}
	return n, s.count(n)
}

func (s *source) count(n int) error {
	s.left -= int64(n)
	s.token += int64(n)
	switch {
	case s.left < 0:
		return s.stop(errTooLarge)
	case s.token > s.maxToken:
		return s.stop(errLongToken)
	}
	return nil
}

func (s *source) stop(err error) error {
	if s.err == nil && err != io.EOF { //nolint:errorlint // what wraps io.EOF is an error of the reader below
		s.err = err
	}
	return err
}
