package contactsync

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"image"
	"image/jpeg"
	_ "image/png" // directories hold those too

	"golang.org/x/image/draw"

	"kept/internal/fault"
)

// What a photo becomes before it is stored.
const (
	widest   = 360     // pixels a side: what a phone shows
	quality  = 85      // of the JPEG
	mostRead = 8 << 20 // bytes of a photo as a source has it
	mostSide = 8000    // pixels a side of it
)

// picture makes a small JPEG of a photo, without what a camera wrote into it, and
// returns it with its sum: two photos with the same sum are one.
func picture(raw []byte) (small []byte, sum string, err error) {
	about, _, err := image.DecodeConfig(bytes.NewReader(raw))
	switch {
	case err != nil:
		return nil, "", fault.New(fault.Invalid, "the photo is neither JPEG nor PNG: %w", err)
	case len(raw) > mostRead || about.Width > mostSide || about.Height > mostSide:
		return nil, "", fault.New(fault.TooLarge, "the photo is larger than %d bytes or %d pixels a side", mostRead, mostSide)
	}
	whole, _, err := image.Decode(bytes.NewReader(raw))
	if err != nil {
		return nil, "", fault.New(fault.Invalid, "the photo is broken: %w", err)
	}
	var out bytes.Buffer
	if err := jpeg.Encode(&out, fitted(whole), &jpeg.Options{Quality: quality}); err != nil {
		return nil, "", fault.New(fault.Invalid, "the photo cannot be written: %w", err)
	}
	digest := sha256.Sum256(out.Bytes())
	return out.Bytes(), hex.EncodeToString(digest[:]), nil
}

// fitted scales an image down so that it is no wider and no higher than is shown.
func fitted(whole image.Image) image.Image {
	b := whole.Bounds()
	longest := max(b.Dx(), b.Dy())
	if longest <= widest {
		return whole
	}
	small := image.NewRGBA(image.Rect(0, 0, max(1, b.Dx()*widest/longest), max(1, b.Dy()*widest/longest)))
	draw.CatmullRom.Scale(small, small.Bounds(), whole, b, draw.Src, nil)
	return small
}

// How two photos are compared: both are made as small as this, and told apart if a spot
// differs by more than so much of 255 on average.
const (
	coarse    = 16 // spots a side
	different = 10
)

// alike reports whether two photos show the same. A mailbox may store another JPEG than
// it was given: that alone is no change.
func alike(a, b []byte) bool {
	if bytes.Equal(a, b) {
		return true
	}
	x, one := spots(a)
	y, other := spots(b)
	if !one || !other {
		return false
	}
	sum := 0
	for i := range x.Pix {
		sum += max(int(x.Pix[i])-int(y.Pix[i]), int(y.Pix[i])-int(x.Pix[i]))
	}
	return sum <= different*len(x.Pix)
}

// spots is a photo as a few spots, false if it is none.
func spots(raw []byte) (*image.RGBA, bool) {
	about, _, err := image.DecodeConfig(bytes.NewReader(raw))
	if err != nil || len(raw) > mostRead || about.Width > mostSide || about.Height > mostSide {
		return nil, false
	}
	whole, _, err := image.Decode(bytes.NewReader(raw))
	if err != nil {
		return nil, false
	}
	few := image.NewRGBA(image.Rect(0, 0, coarse, coarse))
	draw.BiLinear.Scale(few, few.Bounds(), whole, whole.Bounds(), draw.Src, nil)
	return few, true
}
