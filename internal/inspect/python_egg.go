package inspect

import (
	"archive/zip"
	"io"
)

// maxEggDirectory bounds what is read of an archive's list of files, all of which is kept.
const maxEggDirectory = 2 << 20

// zippedMetadata reads what an egg says that is an archive, as setuptools made them.
func zippedMetadata(t *tree, name string) []byte {
	file, ok := t.open(name)
	if !ok {
		return nil
	}
	defer file.close()
	file.left = maxEggDirectory
	archive, err := zip.NewReader(file, file.size)
	if err != nil {
		return nil
	}
	for _, entry := range archive.File {
		if entry.Name != "EGG-INFO/PKG-INFO" {
			continue
		}
		file.left = maxRead * maxMetadata
		packed, err := entry.Open()
		if err != nil {
			return nil
		}
		defer packed.Close()
		text, _ := io.ReadAll(io.LimitReader(packed, maxMetadata))
		return text
	}
	return nil
}

// ReadAt is io.ReaderAt within the file's bounds.
func (o *opened) ReadAt(buf []byte, offset int64) (int, error) {
	n := copy(buf, o.at(offset, len(buf)))
	if n < len(buf) {
		return n, io.ErrUnexpectedEOF
	}
	return n, nil
}
