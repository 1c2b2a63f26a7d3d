package outbox

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"symbolon/connectors/identity"
	"symbolon/provider/seal"
)

func outgoing() Outgoing {
	return Outgoing{seal.RowID{1}, "email", identity.Hide(address), "You logged in", "Żółw\n\"quoted\"", "ABCD-EFGH"}
}

func TestGatewayPostsOneObject(t *testing.T) {
	var got map[string]string
	var header http.Header
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		header = r.Header
		if err := json.NewDecoder(r.Body).Decode(&got); err != nil || r.Method != http.MethodPost {
			t.Errorf("%s: %v", r.Method, err)
		}
	}))
	defer server.Close()
	if err := (HTTPGateway{server.URL, server.Client()}).Send(t.Context(), outgoing()); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"channel": "email", "to": address, "subject": "You logged in", "body": "Żółw\n\"quoted\"", "ref": "ABCD-EFGH"}
	for name, value := range want {
		if got[name] != value {
			t.Errorf("%s is %q", name, got[name])
		}
	}
	if len(got) != len(want) || header.Get("Content-Type") != "application/json" || header.Get("Idempotency-Key") != (seal.RowID{1}).String() {
		t.Errorf("%d members, header %v", len(got), header)
	}
}

func TestGatewayAnswers(t *testing.T) {
	for status, want := range map[int]string{
		200: "sent", 202: "sent", 204: "sent",
		400: "never", 404: "never", 410: "never", 422: "never",
		302: "later", 401: "later", 403: "later", 408: "later", 429: "later", 500: "later", 503: "later",
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }))
		err := HTTPGateway{server.URL, server.Client()}.Send(t.Context(), outgoing())
		server.Close()
		got := "later"
		if err == nil {
			got = "sent"
		} else if errors.Is(err, ErrUndeliverable) {
			got = "never"
		}
		if got != want {
			t.Errorf("%d: %s, want %s", status, got, want)
		}
	}
}

func TestGatewayErrorTellsNoAddressAndNoCredentials(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	server.Close() // nobody listens any more
	for _, target := range []string{
		strings.Replace(server.URL, "http://", "http://user:hunter2@", 1) + "/send?key=hunter2",
		"://hunter2",
	} {
		err := HTTPGateway{target, server.Client()}.Send(t.Context(), outgoing())
		if err == nil || strings.Contains(err.Error(), "hunter2") || strings.Contains(err.Error(), address) {
			t.Errorf("error %v", err)
		}
	}
}
