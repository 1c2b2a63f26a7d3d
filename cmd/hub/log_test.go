package hub

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"symbolon/config"
	"symbolon/connectors/identity"
)

func TestLogTakesAwayWhatIsAboutPeople(t *testing.T) {
	for _, format := range []string{"json", "text"} {
		t.Run(format, func(t *testing.T) {
			var out bytes.Buffer
			log := NewLog(&out, config.Log{Level: "debug", Format: format})
			ctx, ref := withRef(t.Context())
			log.With("access_token", "geheim-1").WithGroup("person").InfoContext(ctx, "login",
				"given_name", "geheim-2", "userEmail", "geheim-3", "dsn", "geheim-4", "redirect_uri", "geheim-5",
				slog.Group("client_secret", "x", "geheim-6"), "number", identity.Hide("geheim-7"), "code", "invalid_grant")
			if text := out.String(); strings.Contains(text, "geheim") {
				t.Errorf("the log holds what must not be there: %s", text)
			} else if !strings.Contains(text, ref) || !strings.Contains(text, "invalid_grant") {
				t.Errorf("reference or error code are missing: %s", text)
			}
		})
	}
}
