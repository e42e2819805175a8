#ifndef ZOO_CPNG_SHIM_H
#define ZOO_CPNG_SHIM_H

#include <png.h>
#include <setjmp.h>
#include <stdio.h>
#include <string.h>

// The bytes of a PNG file and how far they were read; and where a message goes.
typedef struct {
  const unsigned char *bytes;
  size_t count, offset;
  int is_truncated;
  char message[200];
} zoo_png_source;

// libpng reports errors to a function that must not return, so it has to be C.
static inline void zoo_png_fail(png_structp png, png_const_charp message) {
  zoo_png_source *source = (zoo_png_source *)png_get_error_ptr(png);
  snprintf(source->message, sizeof source->message, "%s", message);
  png_longjmp(png, 1);
}

// Without a function of our own, libpng prints warnings to stderr.
static inline void zoo_png_ignore_warning(png_structp png, png_const_charp message) {
  (void)png;
  (void)message;
}

// It fails through png_error, which never returns, so it has to be C.
static inline void zoo_png_read(png_structp png, png_bytep target, size_t count) {
  zoo_png_source *source = (zoo_png_source *)png_get_io_ptr(png);
  if (count > source->count - source->offset) {
    source->is_truncated = 1;
    png_error(png, "the file ends too early");
  }
  memcpy(target, source->bytes + source->offset, count);
  source->offset += count;
}

// Decodes a whole image: errors come by longjmp, which must not cross Swift code, so setjmp and every call of libpng
// stay in this function. Grey with 16 bits stays as it is (big-endian), everything else becomes 8-bit RGB without
// gamma or alpha; 16 bits are cut to the upper 8. `pixels` has room for height × row_bytes. Returns 1 if all went well.
static inline int zoo_png_decode(zoo_png_source *source, unsigned int width, unsigned int height,
                                 unsigned char *pixels, size_t row_bytes) {
  png_structp volatile png = png_create_read_struct(PNG_LIBPNG_VER_STRING, source, zoo_png_fail, zoo_png_ignore_warning);
  if (!png) return 0;
  png_infop volatile info = png_create_info_struct(png);
  if (!info || setjmp(png_jmpbuf(png))) {
    png_destroy_read_struct((png_structpp)&png, (png_infopp)&info, NULL);
    return 0;
  }
  png_set_read_fn(png, source, zoo_png_read);
  png_set_user_limits(png, width, height);
  png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, NULL, -1);
  png_read_info(png, info);
  if (png_get_image_width(png, info) != width || png_get_image_height(png, info) != height)
    png_error(png, "the header contradicts itself");
  int colour = png_get_color_type(png, info);
  if (colour != PNG_COLOR_TYPE_GRAY || png_get_bit_depth(png, info) != 16) {
    png_set_expand(png);
    png_set_strip_16(png);
    png_set_strip_alpha(png);
    if (!(colour & PNG_COLOR_MASK_COLOR)) png_set_gray_to_rgb(png);
  }
  int passes = png_set_interlace_handling(png);
  png_read_update_info(png, info);
  if (png_get_rowbytes(png, info) != row_bytes) png_error(png, "the rows have an unexpected length");
  for (int pass = 0; pass < passes; pass++)
    for (unsigned int y = 0; y < height; y++) png_read_row(png, pixels + y * row_bytes, NULL);
  png_read_end(png, NULL);
  png_destroy_read_struct((png_structpp)&png, (png_infopp)&info, NULL);
  return 1;
}

#endif
