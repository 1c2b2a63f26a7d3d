package browsertest

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"symbolon/web/locale"
)

// TestScreenshots writes a picture of every page in every language and size into the folder that the
// environment names, for people to look at: `make screenshots`.
func TestScreenshots(t *testing.T) {
	folder := os.Getenv("SCREENSHOTS")
	if folder == "" {
		t.Skip("SCREENSHOTS names no folder")
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	catalogue, err := locale.Load()
	if err != nil {
		t.Fatal(err)
	}
	walk(t, catalogue.Codes(), func(t *testing.T, p *person, page string) {
		for _, barrier := range p.Barriers() {
			t.Errorf("%s in %s: %s", page, p.words.Code, barrier)
		}
		for _, size := range [][2]int{{390, 844}, {1280, 900}} { // a phone, a desktop
			p.Size(size[0], size[1])
			name := fmt.Sprintf("%s-%s-%dx%d.png", page, p.words.Code, size[0], size[1])
			if err := os.WriteFile(filepath.Join(folder, name), p.Picture(), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	})
}
