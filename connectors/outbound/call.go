package outbound

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
)

// RoundTrip makes one call with every limit there is. Libraries reach it through HTTP.
func (c *Client) RoundTrip(r *http.Request) (*http.Response, error) {
	key, err := c.permits(r.URL)
	if err != nil {
		closeBody(r.Body)
		return nil, err
	}
	ctx, cancel := context.WithTimeout(r.Context(), c.options.Timeout)
	done, err := c.host(key).enter(ctx, c.options.Now())
	if err != nil {
		cancel()
		closeBody(r.Body)
		return nil, err
	}
	call := &call{caller: r.Context(), cancel: cancel, done: done}
	// Whoever forgets to close a body holds its place no longer than the deadline.
	context.AfterFunc(ctx, func() { call.end(ctx.Err()) })
	response, err := c.inner.RoundTrip(r.WithContext(ctx))
	if err == nil {
		err = c.acceptable(response)
	}
	if err != nil {
		call.end(err)
		return nil, err
	}
	response.Body = &body{inner: response.Body, left: c.options.MaxBody, call: call, failed: response.StatusCode >= 500}
	return response, nil
}

func (c *Client) acceptable(response *http.Response) error {
	var err error
	switch {
	case response.StatusCode >= 300 && response.StatusCode < 400 && response.Header.Get("Location") != "":
		err = ErrRedirect
	case response.ContentLength > c.options.MaxBody:
		err = ErrTooBig
	default:
		return nil
	}
	closeBody(response.Body)
	return err
}

func closeBody(b io.Closer) {
	if b != nil {
		_ = b.Close() // nothing of it is wanted any more
	}
}

// call is one use of a host, ended once however often its end is seen.
type call struct {
	caller context.Context //nolint:containedctx // the call lives exactly as long as its request
	cancel context.CancelFunc
	done   func(outcome)
	once   sync.Once
}

// end gives the place back and tells the breaker how it went: nil is well. A caller who went away
// says nothing about the host.
func (k *call) end(err error) {
	k.once.Do(func() {
		switch {
		case err == nil:
			k.done(well)
		case k.caller.Err() != nil && errors.Is(k.caller.Err(), context.Canceled):
			k.done(unknown)
		default:
			k.done(badly)
		}
		k.cancel()
	})
}

// body hands on an answer up to its limit and ends the call with it.
type body struct {
	inner  io.ReadCloser
	left   int64
	call   *call
	failed bool // the host answered that it cannot
}

// Read fails past the limit instead of cutting off: half an answer is no answer.
func (b *body) Read(p []byte) (int, error) {
	if int64(len(p)) > b.left+1 {
		p = p[:b.left+1]
	}
	n, err := b.inner.Read(p)
	if int64(n) > b.left {
		b.call.end(ErrTooBig)
		return int(b.left), ErrTooBig
	}
	b.left -= int64(n)
	if err != nil && !errors.Is(err, io.EOF) {
		b.call.end(err)
		return n, fmt.Errorf("outbound: answer broke off: %w", err)
	}
	return n, err //nolint:wrapcheck // io.EOF is to stay io.EOF
}

// Close ends the call.
func (b *body) Close() error {
	err := b.inner.Close()
	if b.failed {
		b.call.end(errors.New("outbound: the host says that it cannot answer"))
	} else {
		b.call.end(nil)
	}
	if err != nil {
		return fmt.Errorf("outbound: close answer: %w", err)
	}
	return nil
}
