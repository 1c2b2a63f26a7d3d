package config

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"os/user"
	"strconv"
	"strings"
	"syscall"
)

const hidden = "[hidden]"

// Secret is a value read from a secret file. It prints, logs and marshals as [hidden].
type Secret struct{ plain string }

// Hide wraps a string.
func Hide(plain string) Secret { return Secret{plain} }

// Reveal gives the string back.
func (s Secret) Reveal() string { return s.plain }

// IsZero reports whether nothing is held.
func (s Secret) IsZero() bool { return s.plain == "" }

// String hides the value.
func (Secret) String() string { return hidden }

// GoString hides the value.
func (Secret) GoString() string { return hidden }

// LogValue hides the value.
func (Secret) LogValue() slog.Value { return slog.StringValue(hidden) }

// MarshalText hides the value.
func (Secret) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// ReadSecret reads a secret from a file that only its owner, and at most its group, may read.
// White space around it is not part of it.
func ReadSecret(name string) (Secret, error) {
	if err := CheckPrivate(name); err != nil {
		return Secret{}, err
	}
	raw, err := os.ReadFile(name)
	if err != nil {
		return Secret{}, errors.New(reason(err))
	}
	text := strings.TrimSpace(string(raw))
	if text == "" {
		return Secret{}, errors.New("the file is empty")
	}
	return Secret{text}, nil
}

// CheckPrivate says what is wrong with a secret file's kind or mode, nil if nothing is. The
// group may read it, because service managers hand out credentials so; nobody else may, and
// nobody but the owner may write it.
func CheckPrivate(name string) error {
	info, err := os.Stat(name)
	switch {
	case err != nil:
		return errors.New(reason(err))
	case !info.Mode().IsRegular():
		return errors.New("is not a file")
	case info.Mode().Perm()&0o027 != 0:
		return fmt.Errorf("others may read or change the file (mode %04o); make it 0600 or 0640", info.Mode().Perm())
	}
	return nil
}

// otherOwner names whom a file or folder belongs to, "" if that is the user given.
func otherOwner(info fs.FileInfo, me int) string {
	held, ok := info.Sys().(*syscall.Stat_t)
	if !ok || int(held.Uid) == me {
		return ""
	}
	id := strconv.FormatUint(uint64(held.Uid), 10)
	if owner, err := user.LookupId(id); err == nil {
		return owner.Username
	}
	return "#" + id
}

// reason says why a file cannot be used, without its path: the setting's own path is said already.
func reason(err error) string {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "there is no such file"
	case errors.Is(err, fs.ErrPermission):
		return "this user may not read the file"
	default:
		return "the file cannot be read"
	}
}
