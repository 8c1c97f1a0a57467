package markup

import "strings"

// An image smaller than this, in CSS pixels, has no room for a stand-in.
const leastWidth, leastHeight = 100, 60

// media is the video or audio element around the scan, whose sources can be
// elements of their own.
type media struct {
	name     string
	held     Held // a source that was held, zero if none was
	admitted bool // a source may load, or the stand-in is written
}

// standIn writes what takes the place of a visible element that lost what it
// shows. It reports true if the element is to be left out for it.
func (r *Rewriter) standIn(t *tag, h Held) (replaced bool) {
	name := string(t.name)
	if t.foreign != inHTML || r.seen.choice || r.seen.button || r.seen.frames {
		return false
	}
	switch name {
	case "iframe":
		if t.has("srcdoc") {
			return false
		}
	case "img":
		if r.seen.link || number(t.get("width")) < leastWidth || number(t.get("height")) < leastHeight {
			return false
		}
	case "video", "audio", "object", "embed":
	default:
		return false
	}
	if !visible(t) {
		return false
	}
	text := r.o.Gate.StandIn(r.describe(t, h))
	if text == "" {
		return false
	}
	r.insert(text)
	if name == "video" || name == "audio" || name == "object" { // these have content
		r.extra += ` hidden=""`
		return false
	}
	return true
}

func (r *Rewriter) describe(t *tag, h Held) Held {
	h.Width, h.Height = t.get("width"), t.get("height")
	h.Class, h.Title = t.get("class"), t.get("title")
	h.Style, _ = inertStyle(t.get("style"), func(url string) bool { _, held := r.holdsURL(url); return held })
	if h.Title == "" {
		h.Title = t.get("alt")
	}
	h.Language, h.Framed = r.language, r.depth > 0
	return h
}

// visible reports whether an element is meant to be seen: frames and images of
// a pixel, and hidden ones, only measure.
func visible(t *tag) bool {
	if w, h := number(t.get("width")), number(t.get("height")); w >= 0 && w <= 2 || h >= 0 && h <= 2 {
		return false
	}
	style := strings.ToLower(strings.Join(strings.Fields(t.get("style")), ""))
	return !t.has("hidden") && !strings.Contains(style, "display:none") && !strings.Contains(style, "visibility:hidden")
}

// followMedia notes what a video, audio or source start tag may load.
func (r *Rewriter) followMedia(t *tag, held Held, admitted bool) {
	if string(t.name) != "source" {
		r.media = media{name: string(t.name), admitted: admitted || held.Element != "", held: r.describe(t, Held{})}
		return
	}
	if r.media.name == "" {
		return
	}
	if admitted {
		r.media.admitted = true
	}
	if held.Element != "" && r.media.held.Host == "" && !r.media.admitted {
		r.media.held.Host, r.media.held.Element, r.media.held.Attribute = held.Host, r.media.name, held.Attribute
	}
}

// endMedia writes the stand-in of a video or audio element none of whose
// sources may load, after its end tag.
func (r *Rewriter) endMedia(name string) {
	if name == "" || name != r.media.name {
		return
	}
	m := r.media
	r.media = media{}
	if m.held.Element != "" && !m.admitted && !r.seen.button && !r.seen.choice && len(r.open) == 0 {
		r.insert(r.o.Gate.StandIn(m.held))
	}
}
