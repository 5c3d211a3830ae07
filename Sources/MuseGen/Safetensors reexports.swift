@_exported public import Safetensors
