package hubtest

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestChromiumWithAndWithoutJavaScript(t *testing.T) {
	page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = fmt.Fprintf(w, `<html lang="%.2s"><body><p id="what">plain</p><a id="on" href="/next">on</a>
			<script>document.getElementById("what").textContent = "scripted"</script></body></html>`, r.Header.Get("Accept-Language"))
	}))
	defer page.Close()
	for js, want := range map[bool]string{true: "scripted", false: "plain"} {
		t.Run(want, func(t *testing.T) {
			c := NewChromium(t, js, "pl")
			c.Open(page.URL)
			if got := c.Text("what"); got != want {
				t.Errorf("read %q, want %q", got, want)
			}
			if got := c.Attribute("html", "lang"); got != "pl" {
				t.Errorf("asked in %q, want pl", got)
			}
			c.Click("on")
			c.Wait("what")
			if c.Has("nothing") || !c.Has("what") {
				t.Error("Has is wrong")
			}
		})
	}
}

// Where Tab leads out of the page and in again, what it comes to has the keyboard at once, however fast the keys come:
// the window stands in front.
func TestTheKeyboardStaysInTheWindow(t *testing.T) {
	page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(`<!doctype html><title>two stops</title><a href="/">first</a> <a href="/" autofocus>last</a>`))
	}))
	defer page.Close()
	c := NewChromium(t, false, "en")
	for range 40 {
		c.Open(page.URL)
		c.Type("\t\t")
		if !Look[bool](c, `document.activeElement === document.body || document.activeElement.matches(":focus")`) {
			t.Fatalf("a page without the keyboard has it on %s", Look[string](c, "document.activeElement.outerHTML"))
		}
	}
}
