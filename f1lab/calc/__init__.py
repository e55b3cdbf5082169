"""Pure calculations: arrays and floats in, arrays or small frozen dataclasses out."""
