#include <archive.h>
#include <archive_entry.h>
#include <locale.h>

// AE_IFREG is a macro with a cast, which Swift does not import. A hard link is a regular file too.
static inline int musegen_archive_entry_is_plain_file(struct archive_entry *entry) {
  return archive_entry_filetype(entry) == AE_IFREG && archive_entry_hardlink(entry) == NULL &&
         archive_entry_symlink(entry) == NULL;
}

static inline int musegen_archive_entry_is_folder(struct archive_entry *entry) {
  return archive_entry_filetype(entry) == AE_IFDIR;
}

// The same bytes whenever it is written: with no time.
static inline void musegen_archive_entry_make_plain_file(struct archive_entry *entry, int64_t size) {
  archive_entry_set_filetype(entry, AE_IFREG);
  archive_entry_set_perm(entry, 0644);
  archive_entry_set_size(entry, size);
}

// libarchive gives names in the locale's encoding, of this thread only where it has one of its own.
static inline locale_t musegen_use_utf8(void) {
  locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
  return utf8 == (locale_t)0 ? (locale_t)0 : uselocale(utf8);
}
static inline void musegen_use_locale(locale_t old) {
  if (old == (locale_t)0) return;
  locale_t utf8 = uselocale(old);
  if (utf8 != LC_GLOBAL_LOCALE && utf8 != old) freelocale(utf8);
}
