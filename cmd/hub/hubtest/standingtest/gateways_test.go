package standingtest

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"symbolon/cmd/hub/hubtest"
)

// provider plays a gateway of one channel.
type provider struct {
	*httptest.Server
	token string // the file that holds it

	mu       sync.Mutex
	channels map[string]int // what came with the right token, by channel
	refused  int
	down     bool
}

func newProvider(t *testing.T, token string) *provider {
	t.Helper()
	p := &provider{channels: map[string]int{}, token: filepath.Join(t.TempDir(), "token")}
	if err := os.WriteFile(p.token, []byte(token), 0o600); err != nil {
		t.Fatal(err)
	}
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var m struct{ Channel string }
		_ = json.NewDecoder(r.Body).Decode(&m)
		p.mu.Lock()
		defer p.mu.Unlock()
		switch {
		case p.down:
			w.WriteHeader(http.StatusServiceUnavailable)
		case r.Header.Get("Authorization") != "Bearer "+token:
			p.refused++
			w.WriteHeader(http.StatusUnauthorized)
		default:
			p.channels[m.Channel]++
			w.WriteHeader(http.StatusAccepted)
		}
	}))
	t.Cleanup(p.Close)
	return p
}

func (p *provider) got() (email, sms, refused int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.channels["email"], p.channels["phone_number"], p.refused
}

// Mail and text messages go by providers of their own, each with its own token; where one is down the other
// carries on; and what there is no gateway for is not promised.
func TestMailAndTextMessagesHaveGatewaysOfTheirOwn(t *testing.T) {
	t.Parallel()
	mail, text := newProvider(t, "the-mail-provider-knows-this"), newProvider(t, "the-text-provider-knows-that")
	text.down = true
	rp := clinic()
	w := open(t, rp, hubtest.WithSettings(func(s map[string]any) {
		s["messages"] = map[string]any{
			"allow_loopback": true,
			"email":          map[string]any{"gateway": mail.URL + "/send", "token_file": mail.token},
			"sms":            map[string]any{"gateway": text.URL + "/v2/send", "token_file": text.token},
		}
	}))
	enrol(t, w, "clerk-1")
	hubtest.Eventually(t, "mail is sent while text messages are not", func() bool {
		email, _, _ := mail.got()
		return email > 0
	})
	text.mu.Lock()
	text.down = false
	text.mu.Unlock()
	w.Shift(2 * time.Minute) // the next try is due
	hubtest.Eventually(t, "the text message is sent later", func() bool {
		_, sms, _ := text.got()
		return sms > 0
	})
	if email, sms, refused := mail.got(); email == 0 || sms != 0 || refused != 0 {
		t.Errorf("the provider of mail: %d, %d, %d refused", email, sms, refused)
	}
	if email, _, refused := text.got(); email != 0 || refused != 0 {
		t.Errorf("the provider of text messages: %d mails, %d refused", email, refused)
	}
}
