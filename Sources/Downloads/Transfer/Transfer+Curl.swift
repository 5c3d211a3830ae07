import CCurl

extension Transfer {
  /// Runs one request of libcurl's, which calls back into this object until it is done.
  ///
  /// - Parameters:
  ///   - range: the bytes to ask for, nil for all.
  ///   - validator: ask for them only if the file is still this one, otherwise for all.
  /// - Returns: libcurl's verdict.
  /// - Throws: ``DownloadError`` where libcurl cannot be started.
  func perform(range: String?, validator: String?) throws -> CURLcode {
    guard Self.isInitialized, let handle = unsafe curl_easy_init() else {
      throw DownloadError(.connection("libcurl cannot be started"), address: download.address)
    }
    defer { unsafe curl_easy_cleanup(handle) }
    var headers: UnsafeMutablePointer<curl_slist>?
    defer { unsafe curl_slist_free_all(headers) }
    if let validator { unsafe headers = unsafe curl_slist_append(nil, "If-Range: \(validator)") }

    // libcurl copies strings; the object outlives the call of curl_easy_perform below.
    let this = unsafe Unmanaged.passUnretained(self).toOpaque()
    let codes = unsafe [
      musegen_curl_set_string(handle, CURLOPT_URL, download.address),
      musegen_curl_set_string(handle, CURLOPT_USERAGENT, "musegen"),
      musegen_curl_allow_web_only(handle, download.address.hasPrefix("https://") ? 1 : 0),
      musegen_curl_set_long(handle, CURLOPT_FOLLOWLOCATION, 1),
      musegen_curl_set_long(handle, CURLOPT_MAXREDIRS, 8),
      musegen_curl_set_long(handle, CURLOPT_NOSIGNAL, 1),
      musegen_curl_set_long(handle, CURLOPT_CONNECTTIMEOUT, 30),
      musegen_curl_set_long(handle, CURLOPT_LOW_SPEED_LIMIT, 1),
      musegen_curl_set_long(handle, CURLOPT_LOW_SPEED_TIME, download.stallSeconds),
      musegen_curl_set_long(handle, CURLOPT_NOPROGRESS, 0),
      musegen_curl_set_string(handle, CURLOPT_RANGE, range),
      musegen_curl_set_pointer(handle, CURLOPT_HTTPHEADER, headers),
      musegen_curl_set_pointer(handle, CURLOPT_WRITEDATA, this),
      musegen_curl_set_pointer(handle, CURLOPT_HEADERDATA, this),
      musegen_curl_set_pointer(handle, CURLOPT_XFERINFODATA, this),
      musegen_curl_set_data_function(handle, CURLOPT_WRITEFUNCTION) { bytes, size, count, this in
        let received = unsafe [UInt8](UnsafeRawBufferPointer(start: bytes, count: size * count))
        return unsafe transfer(this).receive(body: received) ? size * count : 0
      },
      musegen_curl_set_data_function(handle, CURLOPT_HEADERFUNCTION) { bytes, size, count, this in
        let line = unsafe String(
          decoding: UnsafeRawBufferPointer(start: bytes, count: size * count), as: UTF8.self)
        return unsafe transfer(this).receive(head: line) ? size * count : 0
      },
      musegen_curl_set_progress_function(handle) { this, _, _, _, _ in
        unsafe transfer(this).isWanted() ? 0 : 1
      },
    ]
    if let code = codes.first(where: { $0 != CURLE_OK }) { return code }
    return unsafe curl_easy_perform(handle)
  }

  /// libcurl's words for a verdict, in lower case.
  func words(_ code: CURLcode) -> String {
    guard let text = unsafe curl_easy_strerror(code) else { return "error \(code.rawValue)" }
    return unsafe String(cString: text).lowercased()
  }

  private static let isInitialized = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK
}

/// The object behind a pointer of `perform`, which keeps it alive while libcurl calls back.
private func transfer(_ pointer: UnsafeMutableRawPointer?) -> Transfer {
  guard let pointer = unsafe pointer else { preconditionFailure("libcurl lost its pointer") }
  return unsafe Unmanaged<Transfer>.fromOpaque(pointer).takeUnretainedValue()
}
