package hub

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"io"
	"log/slog"
	"slices"
	"strings"

	"symbolon/config"
)

// NewLog makes the log that the settings ask for. Attributes whose key says that they are about
// a person or secret are written as [redacted], whoever put them there; the types of package
// identity hide themselves besides.
func NewLog(w io.Writer, c config.Log) *slog.Logger {
	var level slog.Level
	if level.UnmarshalText([]byte(c.Level)) != nil {
		level = slog.LevelInfo
	}
	options := &slog.HandlerOptions{Level: level, ReplaceAttr: redact}
	if c.Format == "text" {
		return slog.New(refs{slog.NewTextHandler(w, options)})
	}
	return slog.New(refs{slog.NewJSONHandler(w, options)})
}

// redact takes away what no log line may hold, by the attribute's key, in any group.
func redact(groups []string, a slog.Attr) slog.Attr {
	if a.Value.Kind() == slog.KindGroup {
		return a
	}
	for _, key := range append(slices.Clone(groups), a.Key) {
		if private(strings.ToLower(key)) {
			return slog.String(a.Key, "[redacted]")
		}
	}
	return a
}

// private lists keys by what they contain, so that user_email and emailAddress are caught, too.
func private(key string) bool {
	for _, part := range []string{
		"password", "secret", "token", "cookie", "authorization", "assertion", "verifier", "challenge", "nonce", "bearer",
		"given_name", "family_name", "birth", "email", "phone", "address", "pesel", "national", "portrait", "dsn",
		"remote", "forwarded", "query", "login_hint", "redirect_uri", "usage_id", "person_id", "document_number",
	} {
		if strings.Contains(key, part) {
			return true
		}
	}
	return slices.Contains([]string{"state", "sub", "sid", "jti", "name", "ip", "url", "pin"}, key)
}

type refKey struct{}

// withRef gives a request the reference that people may quote and every log line carries.
func withRef(ctx context.Context) (context.Context, string) {
	var raw [6]byte
	_, _ = rand.Read(raw[:]) // never fails: crypto/rand ends the program instead
	ref := hex.EncodeToString(raw[:])
	return context.WithValue(ctx, refKey{}, ref), ref
}

// refOf gives the reference that withRef put into the context, "" outside a request.
func refOf(ctx context.Context) string {
	ref, _ := ctx.Value(refKey{}).(string)
	return ref
}

// refs adds the request's reference to every line written in its context.
type refs struct{ slog.Handler }

// Handle adds the reference, if the line has none of its own.
func (h refs) Handle(ctx context.Context, r slog.Record) error {
	if ref := refOf(ctx); ref != "" {
		r.AddAttrs(slog.String("request", ref))
	}
	return h.Handler.Handle(ctx, r)
}

// WithAttrs keeps the reference's place.
func (h refs) WithAttrs(attrs []slog.Attr) slog.Handler { return refs{h.Handler.WithAttrs(attrs)} }

// WithGroup keeps the reference's place.
func (h refs) WithGroup(name string) slog.Handler { return refs{h.Handler.WithGroup(name)} }
