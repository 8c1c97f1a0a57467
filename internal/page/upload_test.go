package page_test

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"kept/internal/fault"
	"kept/internal/page"
)

func upload(t *testing.T, fields url.Values, files ...page.File) *http.Request {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for _, f := range files {
		part, err := w.CreateFormFile("files", f.Name)
		if err == nil {
			_, err = part.Write(f.Data)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for name := range fields {
		if err := w.WriteField(name, fields.Get(name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, "/x", &b)
	r.Header.Set("Content-Type", w.FormDataContentType())
	return r
}

func TestFilesComeWithAForm(t *testing.T) {
	f, files, err := page.Upload(upload(t, url.Values{"a": {"b"}}, page.File{Name: "x.txt", Data: []byte("x")}, page.File{Name: "y", Data: []byte("y")}, page.File{Name: "z", Data: []byte("z")}), "files", 1<<20, 1)
	if err != nil || f.Value("a") != "b" || len(files) != 2 || files[0].Name != "x.txt" || string(files[1].Data) != "y" {
		t.Errorf("%q %+v %v", f.Value("a"), files, err)
	}
	if _, files, err := page.Upload(upload(t, nil, page.File{}), "files", 1<<20, 1); err != nil || len(files) != 0 {
		t.Errorf("an empty choice: %+v, %v", files, err)
	}
	plain := httptest.NewRequest(http.MethodPost, "/x", strings.NewReader("a=b"))
	plain.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if f, files, err := page.Upload(plain, "files", 1<<20, 1); err != nil || f.Value("a") != "b" || files != nil {
		t.Errorf("a form without files: %+v, %v", files, err)
	}
	torn := upload(t, nil, page.File{Name: "x", Data: []byte("x")})
	torn.Header.Set("Content-Type", "multipart/form-data; boundary=another")
	if _, _, err := page.Upload(torn, "files", 1<<20, 1); !fault.Is(err, fault.Invalid) {
		t.Errorf("a torn form: %v", err)
	}
}

// What was looked at comes back as text; what is chosen now goes before it.
func TestAFileComesBack(t *testing.T) {
	old, fresh := page.File{Name: "old", Data: []byte{0, 1, '+', 255}}, page.File{Name: "new", Data: []byte("new")}
	back := url.Values{"content": {old.Text()}, "name": {old.Name}}
	if _, got, err := page.Chosen(upload(t, back), "files", 100); err != nil || got.Name != "old" || !bytes.Equal(got.Data, old.Data) {
		t.Errorf("%+v, %v", got, err)
	}
	if _, got, err := page.Chosen(upload(t, back, fresh), "files", 100); err != nil || got.Name != "new" {
		t.Errorf("%+v, %v", got, err)
	}
	if _, _, err := page.Chosen(upload(t, back), "files", 3); !fault.Is(err, fault.TooLarge) {
		t.Errorf("too large: %v", err)
	}
	for _, content := range []string{"", "%%%"} {
		if _, _, err := page.Chosen(upload(t, url.Values{"content": {content}}), "files", 100); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q: %v", content, err)
		}
	}
}
