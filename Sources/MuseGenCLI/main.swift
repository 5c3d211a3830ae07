print("musegen")
