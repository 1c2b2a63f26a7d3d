package sim

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"image/draw"
	_ "image/gif"  // a picture may be one
	_ "image/jpeg" // of a camera
	_ "image/png"  // of a screen
	"slices"

	"github.com/makiuchi-d/gozxing"
	multi "github.com/makiuchi-d/gozxing/multi/qrcode"
	"github.com/makiuchi-d/gozxing/qrcode"
)

// What a picture may be at most, so that nobody can fill the memory with one.
const (
	pictureBytes  = 8 << 20
	picturePixels = 16 << 20
	pictureSharp  = 2400 // pixels of a side; what is longer is looked at in half the size first
)

// Why nothing is read from a picture.
var (
	ErrNoPicture    = errors.New("no picture: PNG, JPEG or GIF can be read")
	ErrLargePicture = errors.New("the picture is too large")
)

// ReadQR gives what the QR codes in a picture say (PNG, JPEG, GIF), each text once; none where there is no code.
// Errors: ErrNoPicture, ErrLargePicture.
func ReadQR(picture []byte) ([]string, error) {
	about, _, err := image.DecodeConfig(bytes.NewReader(picture))
	switch {
	case len(picture) > pictureBytes:
		return nil, ErrLargePicture
	case err != nil || about.Width <= 0 || about.Height <= 0:
		return nil, ErrNoPicture
	case about.Width > picturePixels || about.Height > picturePixels || about.Width*about.Height > picturePixels: // before anything is unpacked
		return nil, ErrLargePicture
	}
	whole, _, err := image.Decode(bytes.NewReader(picture))
	if err != nil {
		return nil, ErrNoPicture
	}
	looks := []*image.Gray{onPaper(whole)}
	for last := looks[0]; max(last.Rect.Dx(), last.Rect.Dy()) > pictureSharp; {
		last = halved(last)
		looks = append([]*image.Gray{last}, looks...)
	}
	for _, look := range looks {
		if said := codesIn(look); len(said) > 0 {
			return said, nil
		}
	}
	return nil, nil
}

// onPaper gives a picture in shades of gray, on white where it can be seen through.
func onPaper(picture image.Image) *image.Gray {
	size := picture.Bounds()
	gray := image.NewGray(image.Rect(0, 0, size.Dx(), size.Dy()))
	draw.Draw(gray, gray.Rect, image.NewUniform(color.White), image.Point{}, draw.Src)
	draw.Draw(gray, gray.Rect, picture, size.Min, draw.Over)
	return gray
}

// halved gives a picture in half the size: each point is the mean of four.
func halved(from *image.Gray) *image.Gray {
	small := image.NewGray(image.Rect(0, 0, from.Rect.Dx()/2, from.Rect.Dy()/2))
	for y := range small.Rect.Dy() {
		upper, lower := from.Pix[2*y*from.Stride:], from.Pix[(2*y+1)*from.Stride:]
		for x := range small.Rect.Dx() {
			small.Pix[y*small.Stride+x] = uint8((int(upper[2*x]) + int(upper[2*x+1]) + int(lower[2*x]) + int(lower[2*x+1])) / 4)
		}
	}
	return small
}

// mostCorners is how many things that look like the corner of a QR code a picture may have: what the library does with
// them grows with their third power.
const mostCorners = 100

// codesIn looks for several codes, and if there is none harder for one; none where there is too much that looks like
// a code, or the library cannot bear what it sees.
func codesIn(look *image.Gray) (said []string) {
	defer func() {
		if stopped := recover(); stopped != nil { // nothing else stops it
			said = nil
		}
	}()
	bitmap, err := gozxing.NewBinaryBitmap(gozxing.NewHybridBinarizer(gozxing.NewLuminanceSourceFromImage(look)))
	if err != nil {
		return nil
	}
	corners := 0
	hints := map[gozxing.DecodeHintType]any{
		gozxing.DecodeHintType_TRY_HARDER: true,
		gozxing.DecodeHintType_NEED_RESULT_POINT_CALLBACK: gozxing.ResultPointCallback(func(gozxing.ResultPoint) {
			if corners++; corners > mostCorners {
				panic("too much that looks like a code")
			}
		}),
	}
	results, err := multi.NewQRCodeMultiReader().DecodeMultiple(bitmap, hints)
	if err != nil || len(results) == 0 {
		corners = 0
		if one, err := qrcode.NewQRCodeReader().Decode(bitmap, hints); err == nil {
			results = []*gozxing.Result{one}
		}
	}
	for _, r := range results {
		if text := r.GetText(); !slices.Contains(said, text) {
			said = append(said, text)
		}
	}
	return said
}
