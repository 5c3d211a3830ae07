// The checks of option types are macros around variadic functions; here each type has a function.
#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>

// curl_easy_setopt is variadic, which Swift cannot call.
static inline CURLcode musegen_curl_set_string(CURL *handle, CURLoption option, const char *value) {
  return curl_easy_setopt(handle, option, value);
}
static inline CURLcode musegen_curl_set_long(CURL *handle, CURLoption option, long value) {
  return curl_easy_setopt(handle, option, value);
}
static inline CURLcode musegen_curl_set_pointer(CURL *handle, CURLoption option, void *value) {
  return curl_easy_setopt(handle, option, value);
}
static inline CURLcode musegen_curl_set_data_function(
    CURL *handle, CURLoption option, size_t (*function)(char *, size_t, size_t, void *)) {
  return curl_easy_setopt(handle, option, function);
}
static inline CURLcode musegen_curl_set_progress_function(
    CURL *handle, int (*function)(void *, curl_off_t, curl_off_t, curl_off_t, curl_off_t)) {
  return curl_easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, function);
}

// Before 7.85 the protocols were a set of bits, deprecated since.
static inline CURLcode musegen_curl_allow_web_only(CURL *handle, int encrypted_only) {
#if LIBCURL_VERSION_NUM >= 0x075500
  CURLcode code = curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
  if (code != CURLE_OK) return code;
  return curl_easy_setopt(
      handle, CURLOPT_REDIR_PROTOCOLS_STR, encrypted_only ? "https" : "http,https");
#else
  CURLcode code = curl_easy_setopt(handle, CURLOPT_PROTOCOLS, CURLPROTO_HTTP | CURLPROTO_HTTPS);
  if (code != CURLE_OK) return code;
  return curl_easy_setopt(
      handle, CURLOPT_REDIR_PROTOCOLS,
      encrypted_only ? CURLPROTO_HTTPS : CURLPROTO_HTTP | CURLPROTO_HTTPS);
#endif
}
