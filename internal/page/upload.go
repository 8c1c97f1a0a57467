package page

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"

	"kept/internal/fault"
)

// File is one that came with a form, under the name that its owner calls it.
type File struct {
	Name string
	Data []byte
}

// Text returns the file as a hidden field carries it to the next page.
func (f File) Text() string { return base64.StdEncoding.EncodeToString(f.Data) }

// Upload reads a form with the files of an input, or one without any. All of it is
// held in memory, so that nothing that is not sealed touches a disk: whole is the bound
// of the route's body. One more than most files are read, so that it shows.
func Upload(r *http.Request, input string, whole int64, most int) (f Form, files []File, err error) {
	if err := r.ParseMultipartForm(whole); err != nil && !errors.Is(err, http.ErrNotMultipart) {
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			return f, nil, err // the door says 413
		}
		return f, nil, fault.New(fault.Invalid, "the form could not be read: %w", err)
	}
	if f, err = Read(r); err != nil || r.MultipartForm == nil {
		return f, nil, err
	}
	for _, head := range r.MultipartForm.File[input] {
		if head.Size == 0 && head.Filename == "" { // nothing was chosen
			continue
		}
		if len(files) > most {
			break
		}
		part, err := head.Open()
		if err != nil {
			return f, nil, fmt.Errorf("open a file of a form: %w", err)
		}
		data, err := io.ReadAll(part)
		_ = part.Close() // it lies in memory
		if err != nil {
			return f, nil, fmt.Errorf("read a file of a form: %w", err)
		}
		files = append(files, File{Name: head.Filename, Data: data})
	}
	return f, files, nil
}

// Chosen reads a form with one file: the one that is chosen now, or the one that was
// looked at before and comes back in the hidden fields "content" and "name". Invalid
// without any, TooLarge above largest bytes. The route's body is bounded by twice that.
func Chosen(r *http.Request, input string, largest int) (Form, File, error) {
	f, files, err := Upload(r, input, 2*int64(largest), 1)
	if err != nil {
		return f, File{}, err
	}
	var chosen File
	if len(files) > 0 {
		chosen = files[0]
	} else {
		data, err := base64.StdEncoding.DecodeString(f.Value("content"))
		if err != nil || len(data) == 0 {
			return f, File{}, fault.New(fault.Invalid, "choose the file")
		}
		chosen = File{Name: f.Value("name"), Data: data}
	}
	if len(chosen.Data) > largest {
		return f, File{}, fault.New(fault.TooLarge, "the page takes files of at most %d bytes; the command line takes larger ones", largest)
	}
	return f, chosen, nil
}
