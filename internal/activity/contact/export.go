package contact

import (
	"archive/zip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"kept/internal/fault"
)

// Export writes a correspondence as a ZIP archive: correspondence.json, and every
// file in the folder of its message. Who did is in the ledger. Refused while the
// person's data is restricted.
func (c *Correspondence) Export(ctx context.Context, id, by string, to io.Writer) (files int, err error) {
	v, err := c.look(ctx, id, by, leafExported)
	if err != nil {
		return 0, err
	}
	if v.Restricted {
		return 0, fault.New(fault.Refused, "this person's data is restricted: it is kept, and not handed out until the restriction is lifted")
	}
	z := zip.NewWriter(to)
	w, err := z.CreateHeader(&zip.FileHeader{Name: "correspondence.json", Method: zip.Deflate, Modified: c.env.Clock.Now()})
	if err != nil {
		return 0, fmt.Errorf("export a correspondence: %w", err)
	}
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return 0, fmt.Errorf("export a correspondence: %w", err)
	}
	for n, m := range v.Written {
		for i, f := range m.Files {
			name := fmt.Sprintf("files/%d/%d-%s", n+1, i+1, fileName(f.Name))
			if err := c.exportFile(ctx, z, v.Conversation, f.ID, name, m.At); err != nil {
				return files, fmt.Errorf("export a correspondence: %w", err)
			}
			files++
		}
	}
	return files, z.Close()
}

func (c *Correspondence) exportFile(ctx context.Context, z *zip.Writer, v Conversation, id, name string, at time.Time) error {
	_, content, err := c.file(ctx, c.env.DB, v, id)
	if err != nil {
		return err
	}
	w, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: at})
	if err != nil {
		return err
	}
	_, err = w.Write(content)
	return err
}
