package inspect

import (
	"io"
	"os"
)

// opened is one file to be read here and there. All that is read of it together is bounded.
type opened struct {
	file *os.File
	size int64
	left int64
}

// maxRead bounds what is read of one database: whatever its pages say, the listing ends.
const maxRead = 512 << 20

// open opens a plain file; false for anything else.
func (t *tree) open(name string) (*opened, bool) {
	if t.opened.Add(1) > maxOpened {
		return nil, false
	}
	var file *os.File
	var err error
	if t.inside != nil {
		file, err = t.inside.OpenFile(relative(name), openFlags, 0)
	} else {
		file, err = os.OpenFile(name, openFlags, 0)
	}
	if err != nil {
		return nil, false
	}
	info, err := file.Stat()
	if err != nil || !info.Mode().IsRegular() {
		_ = file.Close()
		return nil, false
	}
	return &opened{file: file, size: info.Size(), left: maxRead}, true
}

// at gives length bytes from an offset, or as many as there are.
func (o *opened) at(offset int64, length int) []byte {
	if offset < 0 || offset >= o.size || length <= 0 {
		return nil
	}
	length = int(min(int64(length), o.size-offset, o.left))
	// Reading costs at least a call, however little is read.
	o.left -= max(int64(length), 512)
	if length <= 0 {
		return nil
	}
	buf := make([]byte, length)
	n, err := o.file.ReadAt(buf, offset)
	if err != nil && err != io.EOF {
		return nil
	}
	return buf[:n]
}

func (o *opened) close() { _ = o.file.Close() }
