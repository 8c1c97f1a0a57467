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
