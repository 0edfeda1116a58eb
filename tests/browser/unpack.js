// Unpacks the browser, its libraries and its font into TMPDIR, where the package's `inflate` writes. The package's own
// `executablePath` unpacks the libraries on AWS Lambda only.
import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { inflate } from "@sparticuz/chromium";

const archives = ["chromium.br", "al2023.tar.br", "fonts.tar.br", "swiftshader.tar.br"];
const bin = new URL("../bin/", import.meta.resolve("@sparticuz/chromium"));
await Promise.all(archives.map((name) => inflate(fileURLToPath(new URL(name, bin)))));

// The package's configuration finds the font in /tmp only.
const fonts = `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir prefix="relative">fonts</dir></fontconfig>
`;
await writeFile(join(tmpdir(), "fonts", "fonts.conf"), fonts);
