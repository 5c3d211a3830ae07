@_exported public import FileStorage
