package sim

import (
	"bytes"
	"encoding/base64"
	"hash/fnv"
	"image"
	"image/color"
	"image/png"
	"time"
)

// The size of a portrait in pixels.
const photoWidth, photoHeight = 180, 220

// photo is the document register's answer about a portrait: that of the document, or the one that
// came with the application for the first.
func (g *Registers) photo(p Person) any {
	if p.Document == nil && (p.Application == nil || !p.Application.Photo) || p.Document != nil && g.Switches.Value("no_photo") != "" {
		return nil
	}
	drawn, err := portrait(p.Key)
	if err != nil {
		return nil
	}
	answer := map[string]any{
		"identifiers": identifiers(p), "type": "image/png", "image": base64.StdEncoding.EncodeToString(drawn), "as_of": g.Now().UTC().Format(time.RFC3339),
	}
	if p.Document == nil {
		answer["application"] = p.Application.Number
	}
	return answer
}

// portrait draws somebody who does not exist: head, hair and shoulders in colours that follow from the
// name, so that no two of the cast look the same and each looks the same every time.
func portrait(key string) ([]byte, error) {
	h := fnv.New32a()
	_, _ = h.Write([]byte(key)) // a hash takes everything
	seed := h.Sum32()
	pick := func(from []color.RGBA) color.RGBA {
		c := from[seed%uint32(len(from))]
		seed = seed*1664525 + 1013904223
		return c
	}
	skin := pick([]color.RGBA{{243, 212, 188, 255}, {224, 182, 150, 255}, {188, 140, 104, 255}, {141, 96, 68, 255}})
	hair := pick([]color.RGBA{{60, 44, 36, 255}, {120, 84, 48, 255}, {196, 160, 96, 255}, {148, 148, 152, 255}, {168, 76, 44, 255}})
	coat := pick([]color.RGBA{{52, 76, 120, 255}, {120, 52, 68, 255}, {60, 104, 84, 255}, {92, 84, 120, 255}, {72, 72, 76, 255}})
	wide := 44 + int(seed>>8%10)
	picture := image.NewRGBA(image.Rect(0, 0, photoWidth, photoHeight))
	for y := range photoHeight {
		for x := range photoWidth {
			c := color.RGBA{226, 232, 238, 255}
			switch {
			case within(x, y, 74, 84, 3, 3), within(x, y, 106, 84, 3, 3):
				c = color.RGBA{40, 40, 44, 255} // eyes
			case within(x, y, 90, 118, 15, 3):
				c = color.RGBA{170, 84, 84, 255} // mouth
			case within(x, y, 90, 60, wide+4, 40) && y < 66:
				c = hair
			case within(x, y, 90, 92, wide, 56):
				c = skin
			case within(x, y, 90, 60, wide+6, 46) && y < 90:
				c = hair
			case x > 76 && x < 104 && y > 130 && y < 160:
				c = skin // neck
			case within(x, y, 90, 220, 78, 66):
				c = coat
			}
			picture.SetRGBA(x, y, c)
		}
	}
	var out bytes.Buffer
	err := png.Encode(&out, picture)
	return out.Bytes(), err
}

// within reports whether a point lies in an ellipse.
func within(x, y, atX, atY, halfWidth, halfHeight int) bool {
	dx, dy := x-atX, y-atY
	return dx*dx*halfHeight*halfHeight+dy*dy*halfWidth*halfWidth <= halfWidth*halfWidth*halfHeight*halfHeight
}
