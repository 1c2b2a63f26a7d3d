package hubtest

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/fetch"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// mostTabs is how often Tab is pressed in search of something: more than any page has stops.
const mostTabs = 80

// Look runs a script of the test's own on the page and gives what it returns. It works where the
// page's scripts are switched off, too.
func Look[T any](c *Chromium, script string) T {
	c.t.Helper()
	seen, err := ask(c, chromedp.Evaluate[T](script))
	if err != nil {
		c.t.Fatalf("look at %s: %v", c.URL(), err)
	}
	return seen
}

// IDs gives every id on the page that begins so.
func (c *Chromium) IDs(prefix string) []string {
	c.t.Helper()
	return Look[[]string](c, `[...document.querySelectorAll("[id^='`+prefix+`']")].map(e => e.id)`)
}

// Forget drops every cookie: the next page is opened by somebody who was never here.
func (c *Chromium) Forget() {
	c.t.Helper()
	c.do("forget everything", call(network.ClearBrowserCookies, cdp.Empty{}))
}

// Hold presses the stop button whenever the tab is led to an address that begins so: the page that
// leads there stays. Let ends it.
func (c *Chromium) Hold(address string) {
	c.t.Helper()
	c.do("hold", call(fetch.Enable, fetch.EnableParams{Patterns: []*fetch.RequestPattern{{URLPattern: address + "*"}}}))
}

func (c *Chromium) stop(id fetch.RequestID) {
	// An error here means that the tab is closing, or that Let came first: nothing is to be stopped.
	_ = chromedp.Do(c.ctx, call(fetch.FailRequest, fetch.FailRequestParams{RequestID: id, ErrorReason: network.ErrorReasonAborted}))
}

// Let lets every request through again.
func (c *Chromium) Let() {
	c.t.Helper()
	c.do("let through", call(fetch.Disable, cdp.Empty{}))
}

// focused is what the keyboard acts on.
type focused struct {
	ID    string `json:"id"`
	What  string `json:"what"`
	Shown bool   `json:"shown"` // somebody who looks can tell: nothing lies over it
}

// Tab presses Tab until the element with the id has the focus. Each stop on the way must show that
// it has it, and be behind nothing (WCAG 2.2 §2.4.7, §2.4.11).
func (c *Chromium) Tab(id string) {
	c.t.Helper()
	for range mostTabs {
		c.do("press Tab", chromedp.KeyEvent(kb.Tab))
		at := c.focus()
		if !at.Shown { // a page may still be painting it
			Eventually(c.t, fmt.Sprintf("at %s the focus can be seen on %s", c.URL(), at.What), func() bool { at = c.focus(); return at.Shown })
		}
		if at.ID == id {
			return
		}
	}
	c.t.Fatalf("Tab does not lead to #%s at %s:\n%s", id, c.URL(), c.seen())
}

func (c *Chromium) focus() focused {
	c.t.Helper()
	return Look[focused](c, `(() => {
		const e = document.activeElement, s = getComputedStyle(e), r = e.getBoundingClientRect();
		const ring = s.outlineStyle !== "none" && parseFloat(s.outlineWidth) >= 2;
		const line = e.getClientRects()[0] || r, middle = (from, to, end) => (Math.max(from, 0) + Math.min(to, end)) / 2;
		const over = document.elementFromPoint(middle(line.left, line.right, innerWidth), middle(line.top, line.bottom, innerHeight));
		return { id: e.id, what: e.outerHTML.slice(0, 120), shown: e === document.body || ring && r.width > 0 && e.contains(over) };
	})()`)
}

// Space presses the space bar: ticks a box.
func (c *Chromium) Space() { c.t.Helper(); c.do("press Space", chromedp.KeyEvent(" ")) }

// Enter presses Enter on what has the focus and waits for the page that it leads to.
func (c *Chromium) Enter() { c.t.Helper(); c.arrive("press Enter", chromedp.KeyEvent(kb.Enter)) }

// Type presses the keys of a text, on what has the focus: in a frame of another site, too.
func (c *Chromium) Type(keys string) { c.t.Helper(); c.do("type", chromedp.KeyEvent(keys)) }

// PickNext picks the option after the one that a list has.
func (c *Chromium) PickNext(id string) { c.t.Helper(); c.Fill(id, kb.ArrowDown) }

// TabOnce presses Tab, wherever that leads.
func (c *Chromium) TabOnce() { c.t.Helper(); c.do("press Tab", chromedp.KeyEvent(kb.Tab)) }

// Until waits until a script says true.
func (c *Chromium) Until(what, script string) {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.ctx, slowest)
	defer cancel()
	for {
		if ok, err := chromedp.Run(ctx, chromedp.Evaluate[bool](script)); err == nil && ok {
			return
		}
		select {
		case <-ctx.Done():
			c.t.Fatalf("%s does not come at %s:\n%s", what, c.URL(), c.seen())
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// PictureOf takes the element with the id as a PNG, as it stands on the screen.
func (c *Chromium) PictureOf(id string) []byte {
	c.t.Helper()
	c.Wait(id)
	png, err := ask(c, chromedp.Screenshot(chromedp.ID(id)))
	if err != nil {
		c.t.Fatalf("picture of #%s at %s: %v", id, c.URL(), err)
	}
	return png
}

// Choose puts a file with this content into the field for files with the id.
func (c *Chromium) Choose(id string, content []byte) {
	c.t.Helper()
	file := filepath.Join(c.t.TempDir(), "chosen")
	if err := os.WriteFile(file, content, 0o600); err != nil {
		c.t.Fatal(err)
	}
	c.do("choose a file for #"+id, chromedp.SetUploadFiles(chromedp.ID(id), []string{file}))
}
