package inspect

import "encoding/binary"

// ndbBlobs reads Packages.db, RPM's own format. It begins with pages of slots, sixteen bytes
// each (magic, number, place, size; the first two are the file's head); the blobs follow, in
// blocks of sixteen bytes, each with a head (magic, number, generation, length).
func ndbBlobs(file *opened) rpmBlobs {
	const (
		fileMagic, slotMagic, blobMagic = "RpmP", "Slot", "BlbS"

		pageSize, unit, maxPages = 4096, 16, 4096
	)
	return func(each func(func(int) []byte) bool) {
		head := file.at(0, 32)
		if len(head) < 32 || string(head[:4]) != fileMagic {
			return
		}
		pages := min(int(binary.LittleEndian.Uint32(head[12:])), maxPages)
		slots := file.at(0, pages*pageSize)
		for at := 2 * unit; at+unit <= len(slots); at += unit {
			slot := slots[at : at+unit]
			number := binary.LittleEndian.Uint32(slot[4:])
			if string(slot[:4]) != slotMagic || number == 0 {
				continue
			}
			place := int64(binary.LittleEndian.Uint32(slot[8:])) * unit
			blob := file.at(place, unit)
			if len(blob) < unit || string(blob[:4]) != blobMagic || binary.LittleEndian.Uint32(blob[4:]) != number {
				continue
			}
			length := int(min(binary.LittleEndian.Uint32(blob[12:]), maxRPMHeader))
			if !each(func(most int) []byte { return file.at(place+unit, min(length, most)) }) {
				return
			}
		}
	}
}
