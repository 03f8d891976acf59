#!/usr/bin/env python3
"""Makes the tiny pictures of this folder: pip install pillow && python3 make_covers.py"""
from PIL import Image

green = Image.new("RGB", (30, 30), (0, 200, 0))
wide = Image.new("RGB", (90, 30), (200, 0, 0))
wide.paste(green, (30, 0))
wide.paste((0, 0, 200), (60, 0, 90, 30))
wide.save("wide.png")
wide.rotate(90, expand=True).save("tall.png")
green.save("green.png")
green.save("green.gif")
green.save("green.webp", lossless=True)
green.save("green.jpg", quality=95)
green.save("progressive.jpg", progressive=True)
