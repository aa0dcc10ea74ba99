package inspect

import "encoding/binary"

// sqliteLog is the write-ahead log beside a database: newer versions of pages. RPM empties it
// as it ends, but not where it was killed.
type sqliteLog struct {
	file  *opened
	page  int
	pages map[uint32]int64 // of what was committed: where in the file
}

const (
	walHead, walFrame = 32, 24
	walMagic          = 0x377f0682 // the last bit tells the byte order of the checksums
	maxWAL            = 64 << 20
)

// readSQLiteLog reads which pages the log has; nil where there is no log that counts.
func readSQLiteLog(file *opened, page int) *sqliteLog {
	if file == nil {
		return nil
	}
	head := file.at(0, walHead)
	if len(head) < walHead || binary.BigEndian.Uint32(head)&^1 != walMagic || int(binary.BigEndian.Uint32(head[8:])) != page {
		return nil
	}
	log := &sqliteLog{file: file, page: page, pages: map[uint32]int64{}}
	log.scan(head)
	return log
}

// scan follows the frames as far as they are whole: each has the salt of the log's head, and a
// checksum over all before it. What follows the last commit does not count.
func (l *sqliteLog) scan(head []byte) {
	var order binary.ByteOrder = binary.LittleEndian
	if head[3]&1 != 0 {
		order = binary.BigEndian
	}
	sum := walSum(order, [2]uint32{}, head[:24])
	if !sumIs(sum, head[24:]) {
		return
	}
	pending := map[uint32]int64{}
	step := int64(walFrame + l.page)
	for at := int64(walHead); at+step <= min(l.file.size, maxWAL); at += step {
		frame := l.file.at(at, int(step))
		if len(frame) < int(step) || string(frame[8:16]) != string(head[16:24]) {
			return
		}
		sum = walSum(order, walSum(order, sum, frame[:8]), frame[walFrame:])
		if !sumIs(sum, frame[16:24]) {
			return
		}
		pending[binary.BigEndian.Uint32(frame)] = at + walFrame
		if binary.BigEndian.Uint32(frame[4:]) != 0 { // a commit
			for number, place := range pending {
				l.pages[number] = place
			}
			clear(pending)
		}
	}
}

func walSum(order binary.ByteOrder, sum [2]uint32, b []byte) [2]uint32 {
	for ; len(b) >= 8; b = b[8:] {
		sum[0] += order.Uint32(b) + sum[1]
		sum[1] += order.Uint32(b[4:]) + sum[0]
	}
	return sum
}

func sumIs(sum [2]uint32, b []byte) bool {
	return sum[0] == binary.BigEndian.Uint32(b) && sum[1] == binary.BigEndian.Uint32(b[4:])
}

// read gives a page that the log has; nil for another.
func (l *sqliteLog) read(number uint32) []byte {
	if l == nil {
		return nil
	}
	place, ok := l.pages[number]
	if !ok {
		return nil
	}
	return l.file.at(place, l.page)
}
