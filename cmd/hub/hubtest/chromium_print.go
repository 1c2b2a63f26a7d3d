package hubtest

import (
	"bytes"
	"context"
	"fmt"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// Sheets gives on how many sheets of A4 the page is printed.
func (c *Chromium) Sheets() int {
	c.t.Helper()
	var made []byte
	c.do("print", chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		result, err := cdp.Call(ctx, target, page.PrintToPDF, page.PrintToPDFParams{PaperWidth: 8.27, PaperHeight: 11.69, PreferCSSPageSize: new(true)})
		made = result.Data
		return err
	}))
	return bytes.Count(made, []byte("/Type /Page\n")) // ISO 32000-1 §7.7.3.3: one for each sheet
}

// Printed is a picture of the page as it is printed on A4, without the margins.
func (c *Chromium) Printed() (picture []byte) {
	c.t.Helper()
	c.asPrinter(func() {
		width, height := c.width, c.height
		c.Size(680, 1010)
		picture = c.Picture()
		c.Size(width, height)
	})
	return picture
}

// Letters gives how large the letters of an element are printed, in CSS pixels: 24 are 18 pt.
func (c *Chromium) Letters(id string) (pixels float64) {
	c.t.Helper()
	c.asPrinter(func() {
		pixels = Look[float64](c, fmt.Sprintf(`parseFloat(getComputedStyle(document.getElementById(%q)).fontSize)`, id))
	})
	return pixels
}

// Drawn reports whether an element is on the screen.
func (c *Chromium) Drawn(id string) bool {
	c.t.Helper()
	return Look[bool](c, fmt.Sprintf(`document.getElementById(%q).getClientRects().length > 0`, id))
}

// OnPaper reports whether it is printed.
func (c *Chromium) OnPaper(id string) (is bool) {
	c.t.Helper()
	c.asPrinter(func() { is = c.Drawn(id) })
	return is
}

func (c *Chromium) asPrinter(look func()) {
	c.t.Helper()
	c.do("look as a printer does", call(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"}))
	look()
	c.do("look as a screen does", call(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{}))
}
