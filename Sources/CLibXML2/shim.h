#include <libxml/xmlversion.h>
// Else the headers of ICU are read, whose types Foundation has in another version. What they would add is at
// the end of a structure that is only pointed to.
#undef LIBXML_ICU_ENABLED
#include <libxml/xmlreader.h>
