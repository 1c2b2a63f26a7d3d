package hub

import (
	"errors"
	"fmt"
	"net"
	"os"
	"syscall"
)

// hangUp closes a listener and gives the connections that the system had made already and nobody had
// accepted yet. Closing alone would reset them, their requests perhaps sent.
func hangUp(l net.Listener) (*made, error) {
	var rest made
	socket, ok := l.(syscall.Conn)
	if !ok {
		return &rest, closeOnce(l)()
	}
	raw, err := socket.SyscallConn()
	if err != nil {
		return &rest, errors.Join(err, closeOnce(l)())
	}
	var taken []int
	_ = raw.Control(func(fd uintptr) { // fails on what is closed already, and then there is nothing to take
		taken = acceptAll(int(fd))
		// A close takes effect when the last user of the descriptor lets go of it, this at once. Where the
		// system refuses it for a listener, the close is all there is.
		_ = syscall.Shutdown(int(fd), syscall.SHUT_RD)
	})
	for _, fd := range taken {
		file := os.NewFile(uintptr(fd), "connection")
		conn, wrong := net.FileConn(file)
		if wrong == nil {
			rest.conns = append(rest.conns, conn)
		}
		err = errors.Join(err, wrong, file.Close())
	}
	if err != nil {
		err = fmt.Errorf("take what had connected: %w", err)
	}
	return &rest, errors.Join(err, closeOnce(l)())
}

// acceptAll accepts until nobody waits. Nothing else happens between the last look and the return.
func acceptAll(listener int) []int {
	var taken []int
	for {
		fd, _, err := syscall.Accept(listener)
		switch {
		case err == nil:
			syscall.CloseOnExec(fd)
			taken = append(taken, fd)
		case !errors.Is(err, syscall.EINTR) && !errors.Is(err, syscall.ECONNABORTED):
			return taken
		}
	}
}

// made is a listener to whom connections were brought, and no others come.
type made struct {
	net.Listener
	conns []net.Conn
}

func (m *made) Accept() (net.Conn, error) {
	if len(m.conns) == 0 {
		return nil, net.ErrClosed
	}
	c := m.conns[0]
	m.conns = m.conns[1:]
	return c, nil
}

func (m *made) Close() error {
	for _, c := range m.conns {
		_ = c.Close()
	}
	return nil
}

func (m *made) Addr() net.Addr { return &net.TCPAddr{} }
