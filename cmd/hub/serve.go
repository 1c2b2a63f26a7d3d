package hub

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"runtime/debug"
	"sync"
	"time"
)

// drainFor is how long requests under way may still take once no more are accepted.
const drainFor = 20 * time.Second

// answerFor is within what time every request must be answered.
const answerFor = 30 * time.Second

// server gives an HTTP server with bounds on everything a client could stretch. Its own log is
// thrown away: it names peers' addresses.
func (h *Hub) server(handler http.Handler) *http.Server {
	return &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       15 * time.Second,
		WriteTimeout:      h.answerIn,
		IdleTimeout:       60 * time.Second,
		MaxHeaderBytes:    32 << 10,
		ErrorLog:          log.New(io.Discard, "", 0),
	}
}

// garbage is how much may pile up before it is collected, in hundredths of what is in use. A hub at
// work keeps little and throws away a lot: twice as much as Go's usual takes a tenth off the CPU time
// of a login and adds a few MB. Who sets GOGC has decided otherwise.
const garbage = 200

// Run serves until the context ends, then stops in order: readiness goes, requests are taken
// for the drain time still, those under way end, work beside requests stops. It gives nil after
// an orderly stop.
func (h *Hub) Run(ctx context.Context) error {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(garbage)
	}
	debug.FreeOSMemory() // what reading languages, templates and settings left behind
	admin := h.server(h.admin())
	failed := make(chan error, 3)
	var serving, working sync.WaitGroup
	ways := h.entrances()
	for _, e := range ways {
		serving.Go(func() {
			defer close(e.over)
			failed <- h.serve(e.server, e.listener, e.cert, e.key)
		})
	}
	serving.Go(func() { failed <- h.serve(admin, h.listenAdmin, "", "") })
	work, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	for _, c := range h.chores {
		working.Go(func() { h.run(work, c) })
	}
	for _, run := range h.runners {
		working.Go(func() { run(work) })
	}
	h.log.InfoContext(ctx, "serving", "issuer", h.config.Issuer, "public", h.listenPublic.Addr().String(), "admin", h.listenAdmin.Addr().String())

	var err error
	select {
	case <-ctx.Done():
	case err = <-failed:
	}
	h.stopping.Store(true)
	if err == nil {
		h.linger(ctx)
	}
	ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainFor)
	defer cancel()
	for _, e := range ways {
		err = errors.Join(err, h.shut(ending, e))
	}
	stop()
	working.Wait()
	err = errors.Join(err, admin.Shutdown(ending))
	serving.Wait()
	if err != nil {
		return fmt.Errorf("serve: %w", err)
	}
	h.log.InfoContext(ctx, "stopped")
	return nil
}

// linger gives whatever stands in front the time to see that readiness has gone.
func (h *Hub) linger(ctx context.Context) {
	h.log.InfoContext(ctx, "stopping", "drain", h.config.Listen.Drain.String())
	timer := time.NewTimer(h.config.Listen.Drain)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-h.hurry:
	}
}

func (h *Hub) serve(s *http.Server, l net.Listener, cert, key string) error {
	var err error
	if cert != "" {
		err = s.ServeTLS(l, cert, key) // HTTP/2 comes with it
	} else {
		err = s.Serve(l)
	}
	if errors.Is(err, http.ErrServerClosed) || h.stopping.Load() { // by whatever way its listener was closed
		return nil
	}
	return err
}

// entrance is one way in for requests from outside.
type entrance struct {
	server    *http.Server
	listener  net.Listener
	cert, key string // files, where TLS ends here
	busy      *busy
	over      chan struct{} // closed when the listener has brought its last connection
}

func (h *Hub) entrances() []entrance {
	public := entrance{server: h.server(h.parting(h.public)), listener: h.listenPublic, cert: h.config.Listen.CertFile, key: h.config.Listen.KeyFile}
	public.server.TLSConfig = h.tls
	all := []entrance{public}
	if h.listenCard != nil {
		all = append(all, entrance{server: h.server(h.parting(byProxy(h.public))), listener: h.listenCard})
	}
	for i := range all {
		all[i].busy, all[i].over = watch(all[i].server), make(chan struct{})
	}
	return all
}

// shut lets nobody else in, answers who is in, and closes what is idle.
func (h *Hub) shut(ctx context.Context, e entrance) error {
	rest, err := hangUp(e.listener)
	err = errors.Join(err, h.serve(e.server, rest, e.cert, e.key))
	<-e.over
	e.busy.wait(ctx)
	return errors.Join(err, e.server.Shutdown(ctx))
}

// listen opens the listeners. They are closed by the server that takes them, and by Close.
func (h *Hub) listen(_ context.Context, o Options) error {
	var err error
	if h.listenPublic, err = listener(o.Public, h.config.Listen.Public); err != nil {
		return err
	}
	h.closers = append(h.closers, closeOnce(h.listenPublic))
	if h.listenAdmin, err = listener(o.Admin, h.config.Listen.Admin); err != nil {
		return err
	}
	h.closers = append(h.closers, closeOnce(h.listenAdmin))
	if h.tls, err = h.publicTLS(); err != nil || h.config.Listen.Card == "" {
		return err
	}
	if h.listenCard, err = h.openCard(); err != nil {
		return err
	}
	h.closers = append(h.closers, closeOnce(h.listenCard))
	return nil
}

func closeOnce(l net.Listener) func() error {
	return func() error {
		if err := l.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
			return err
		}
		return nil
	}
}

// listener opens a listener unless the caller brought one.
func listener(given net.Listener, address string) (net.Listener, error) {
	if given != nil {
		return given, nil
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", address, err)
	}
	return l, nil
}
