package oauth

import (
	"net/http"
	"testing"
)

// The four hot paths in one process, over memory: what is ours and the engine's, without a
// database and HTTP.

func BenchmarkAuthorize(b *testing.B) {
	h := newHub(b)
	for b.Loop() {
		h.code(request("pub"))
	}
}

func BenchmarkToken(b *testing.B) {
	h := newHub(b)
	for b.Loop() {
		b.StopTimer()
		form := redemption(h.code(request("pub")))
		b.StartTimer()
		if r := h.token("pub", form); r.status != http.StatusOK {
			b.Fatal(r.body)
		}
	}
}

func BenchmarkRefresh(b *testing.B) {
	h := newHub(b)
	token := h.tokens("pub").text("refresh_token")
	for b.Loop() {
		token = h.refreshed("pub", token).text("refresh_token")
	}
	if token == "" {
		b.Fatal("a refresh failed")
	}
}

func BenchmarkUserinfo(b *testing.B) {
	h := newHub(b)
	token := h.tokens("pub").text("access_token")
	for b.Loop() {
		if r := h.userinfo(token); r.status != http.StatusOK {
			b.Fatal(r.body)
		}
	}
}

func BenchmarkDiscovery(b *testing.B) {
	h := newHub(b)
	for b.Loop() {
		h.get(h.Discovery)
	}
}
