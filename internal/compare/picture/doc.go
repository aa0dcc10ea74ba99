// Package picture compares two pictures: pixels of PNG, JPEG and GIF, the text of SVG. What a
// picture says beside what one sees, such as its date or the program that drew it, is no
// difference.
//
// compare calls Raster and SVG, and Difference where a person asks to see where two pictures
// differ. It never decodes what would not fit into a bounded memory: a picture's own header
// says how large it is, and is read first.
package picture

// maxDecoded bounds the memory that one decoded picture takes.
const maxDecoded = 256 << 20

const kindImage = "image"
