package desk

import (
	"fmt"
	"html/template"
	"strings"

	"github.com/boombuler/barcode/qr"
)

// quiet is the margin that a QR code needs, in modules (ISO/IEC 18004 §5.3.8).
const quiet = 4

// QR draws a text as a QR code of error correction level M, as inline SVG: one path, no outside file.
// It scales with the page; at the size of the style sheet a module has at least four pixels.
func QR(text, label string) (template.HTML, error) {
	code, err := qr.Encode(text, qr.M, qr.Auto)
	if err != nil {
		return "", fmt.Errorf("draw a QR code: %w", err)
	}
	size := code.Bounds().Dx()
	var path strings.Builder
	for y := range size {
		for x := 0; x < size; x++ {
			run := 0
			for x+run < size && dark(code.At(x+run, y).RGBA()) {
				run++
			}
			if run > 0 {
				fmt.Fprintf(&path, "M%d %dh%dv1h-%dz", x+quiet, y+quiet, run, run)
				x += run
			}
		}
	}
	side := size + 2*quiet
	return template.HTML(fmt.Sprintf( //nolint:gosec // numbers alone, and a label that is escaped here
		`<svg class="qr" id="qr" role="img" aria-label="%s" viewBox="0 0 %d %d" shape-rendering="crispEdges"><path class="paper" d="M0 0h%dv%dH0z"/><path class="ink" d="%s"/></svg>`,
		template.HTMLEscapeString(label), side, side, side, side, path.String())), nil
}

func dark(r, g, b, _ uint32) bool { return r+g+b < 3*0x8000 }
