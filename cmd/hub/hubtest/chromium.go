package hubtest

import (
	"context"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/fetch"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// Chromium is a real browser: one profile, one tab.
type Chromium struct {
	t   testing.TB
	ctx context.Context

	width, height int

	mu    sync.Mutex
	trail []string
	quiet bool // no scripts of pages run
}

// slowest is how long one step in the browser may take.
const slowest = 20 * time.Second

// NewChromium starts a browser with an empty profile, with or without JavaScript, in a language.
// Where none is installed the test is skipped, but never where CI=true.
func NewChromium(t testing.TB, js bool, lang string, more ...chromedp.ExecAllocatorOption) *Chromium {
	t.Helper()
	path := findChromium()
	if path == "" {
		if os.Getenv("CI") == "true" {
			t.Fatal("no chromium is installed; install the package chromium")
		}
		t.Skip("no chromium is installed")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:len(chromedp.DefaultExecAllocatorOptions):len(chromedp.DefaultExecAllocatorOptions)],
		chromedp.ExecPath(path), chromedp.UserDataDir(t.TempDir()), chromedp.WindowSize(1200, 900),
		chromedp.Flag("lang", lang), chromedp.Flag("accept-lang", lang), chromedp.NoSandbox,
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE *.localhost, EXCLUDE 127.0.0.1"),
	)
	allocator, stop := chromedp.NewExecAllocator(context.Background(), append(options, more...)...)
	ctx, cancel := chromedp.NewContext(allocator)
	t.Cleanup(func() { cancel(); stop() })
	if err := chromedp.Do(ctx); err != nil { // no timeout here: it would end the browser
		t.Fatalf("start chromium: %v", err)
	}
	c := &Chromium{t: t, ctx: ctx, width: 1200, height: 900}
	if err := chromedp.Listen(ctx, c.note); err != nil {
		t.Fatalf("watch chromium: %v", err)
	}
	// The window stands in front. Without that a page to which Tab comes back loses the keyboard whenever the browser hears
	// late that Tab had led out of it.
	c.do("stand in front", call(emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true}))
	if c.quiet = !js; c.quiet {
		c.do("switch JavaScript off", call(emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}))
	}
	return c
}

func findChromium() string {
	for _, name := range []string{"/usr/bin/chromium", "chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

// call is one command of the browser's own protocol.
func call[P, R any](command cdp.Command[P, R], params P) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, command, params)
		return err
	})
}

// note remembers every address that the tab asks for, and stops what is held.
func (c *Chromium) note(event any) {
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		if e.Type == network.ResourceTypeDocument {
			c.mu.Lock()
			defer c.mu.Unlock()
			c.trail = append(c.trail, e.Request.URL)
		}
	case *fetch.EventRequestPaused:
		go c.stop(e.RequestID) // a command from here would wait for itself
	}
}

// Trail gives every address that the tab asked for, in order.
func (c *Chromium) Trail() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.trail)
}

func (c *Chromium) do(what string, steps ...chromedp.Action[chromedp.Void]) {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.ctx, slowest)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		c.t.Fatalf("%s at %s: %v\n%s", what, c.URL(), err, c.seen())
	}
}

// ask asks the page something, and asks again if the page gave way to the next one in between: the
// browser then speaks of a node that is gone.
func ask[T any](c *Chromium, action chromedp.Action[T]) (T, error) {
	ctx, cancel := context.WithTimeout(c.ctx, slowest)
	defer cancel()
	for {
		answer, err := chromedp.Run(ctx, action)
		if err == nil || ctx.Err() != nil || !strings.Contains(err.Error(), "No node with") {
			return answer, err
		}
	}
}

func (c *Chromium) seen() string {
	text, _ := ask(c, chromedp.Text(chromedp.CSS("body")))
	return text
}

// arrive takes a step that leads to another page and waits until a page stands there that is loaded
// and leads no further by itself; one that only looks again every 10 s stands.
func (c *Chromium) arrive(what string, step chromedp.Action[chromedp.Void]) {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.ctx, slowest)
	defer cancel()
	loads := chromedp.Events(ctx, page.LoadEventFired)
	if err := chromedp.Do(ctx, step); err != nil {
		c.t.Fatalf("%s at %s: %v\n%s", what, c.URL(), err, c.seen())
	}
	stands := chromedp.Evaluate[bool](`document.readyState === "complete" && [...document.querySelectorAll("meta[http-equiv=refresh]")].every(m => parseInt(m.content) >= 10)`)
	for _, err := range loads {
		if err != nil {
			c.t.Fatalf("%s leads nowhere; at %s: %v\n%s", what, c.URL(), err, c.seen())
		}
		// An error says that this page is being left already: the next one will be loaded.
		if still, err := chromedp.Run(ctx, stands); err == nil && still {
			return
		}
	}
	c.t.Fatalf("%s leads nowhere; at %s\n%s", what, c.URL(), c.seen())
}

// Open goes to an address, and on to wherever it leads.
func (c *Chromium) Open(address string) {
	c.t.Helper()
	c.arrive("open", chromedp.Navigate(address))
}

// Back presses the back button; Reload the other one.
func (c *Chromium) Back() { c.t.Helper(); c.arrive("go back", chromedp.NavigateBack()) }

// Reload loads the page again.
func (c *Chromium) Reload() { c.t.Helper(); c.arrive("reload", chromedp.Reload()) }

// URL gives the address at hand.
func (c *Chromium) URL() string {
	address, _ := ask(c, chromedp.Location())
	return address
}

// Wait waits until something with the id can be seen.
func (c *Chromium) Wait(id string) {
	c.t.Helper()
	c.do("wait for #"+id, chromedp.WaitVisible(chromedp.ID(id)))
}

// Click presses what has the id and leads to another page, and waits for that page.
func (c *Chromium) Click(id string) {
	c.t.Helper()
	c.Wait(id)
	c.arrive("click #"+id, chromedp.Click(chromedp.ID(id)))
}

// Press presses what has the id and waits for nothing: a box, a summary, a page that is held.
func (c *Chromium) Press(id string) {
	c.t.Helper()
	c.do("press #"+id, chromedp.WaitVisible(chromedp.ID(id)), chromedp.Click(chromedp.ID(id)))
}

// Fill types into the field with the id.
func (c *Chromium) Fill(id, text string) {
	c.t.Helper()
	c.do("fill #"+id, chromedp.SendKeys(chromedp.ID(id), text))
}

// Text gives what can be read in the element with the id.
func (c *Chromium) Text(id string) string {
	c.t.Helper()
	c.Wait(id)
	return c.TextAt("#" + id)
}

// TextAt gives what can be read in the element that the CSS selector finds first.
func (c *Chromium) TextAt(selector string) string {
	c.t.Helper()
	text, err := ask(c, chromedp.Text(chromedp.CSS(selector)))
	if err != nil {
		c.t.Fatalf("read %s at %s: %v\n%s", selector, c.URL(), err, c.seen())
	}
	return text
}

// Has reports whether the element is on the page now.
func (c *Chromium) Has(id string) bool {
	c.t.Helper()
	ids, err := ask(c, chromedp.QueryNodeIDs(chromedp.CSSAll("#"+id), chromedp.AtLeast(0)))
	if err != nil {
		c.t.Fatalf("look for #%s at %s: %v", id, c.URL(), err)
	}
	return len(ids) > 0
}

// Attribute gives an attribute of the element that the CSS selector finds first.
func (c *Chromium) Attribute(selector, name string) string {
	c.t.Helper()
	found, err := ask(c, chromedp.AttributeValue(chromedp.CSS(selector), name))
	if err != nil {
		c.t.Fatalf("%s of %s at %s: %v", name, selector, c.URL(), err)
	}
	return found.Value
}

// Size sets the window's size in CSS pixels; a phone has 390 by 844.
func (c *Chromium) Size(width, height int) {
	c.t.Helper()
	c.width, c.height = width, height
	c.do("resize", chromedp.EmulateViewport(int64(width), int64(height)))
}

// Picture takes the whole page as a PNG. The window grows to the page for it: a picture from beyond
// the window shifts pages that are written from right to left.
func (c *Chromium) Picture() []byte {
	c.t.Helper()
	tall := max(c.height, Look[int](c, "document.documentElement.scrollHeight"))
	c.do("grow", chromedp.EmulateViewport(int64(c.width), int64(tall)))
	png, err := ask(c, chromedp.CaptureScreenshot())
	if err != nil {
		c.t.Fatalf("picture of %s: %v", c.URL(), err)
	}
	c.Size(c.width, c.height)
	return png
}
