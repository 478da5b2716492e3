// xlsx.mjs - spreadsheets as people's programs write them, and reading back what the server writes. Own zip, so that the tests need
// no package and can make broken ones as well.
import { deflateRawSync, inflateRawSync, crc32 as zcrc } from "node:zlib";

const table = Array.from({ length: 256 }, (_, n) => { for (let k = 0; k < 8; k++) n = n & 1 ? 0xedb88320 ^ (n >>> 1) : n >>> 1; return n >>> 0; });
const crc = zcrc ?? ((b) => { let c = 0xffffffff; for (const x of b) c = table[(c ^ x) & 255] ^ (c >>> 8); return (c ^ 0xffffffff) >>> 0; });

/* parts: {name: Buffer or text} */
export function zip(parts) {
  const bodies = [], dir = [];
  let at = 0;
  for (const [name, text] of Object.entries(parts)) {
    const raw = Buffer.from(text), packed = deflateRawSync(raw), n = Buffer.from(name), head = Buffer.alloc(30), entry = Buffer.alloc(46);
    const put = (b, o) => { b.writeUInt16LE(20, o); b.writeUInt16LE(0x800, o + 2); b.writeUInt16LE(8, o + 4); b.writeUInt32LE(0x21 << 16, o + 6);
      b.writeUInt32LE(crc(raw), o + 10); b.writeUInt32LE(packed.length, o + 14); b.writeUInt32LE(raw.length, o + 18); b.writeUInt16LE(n.length, o + 22); };
    head.writeUInt32LE(0x04034b50, 0);
    put(head, 4);
    entry.writeUInt32LE(0x02014b50, 0);
    entry.writeUInt16LE(20, 4);
    put(entry, 6);
    entry.writeUInt32LE(at, 42);
    bodies.push(head, n, packed);
    dir.push(entry, n);
    at += head.length + n.length + packed.length;
  }
  const d = Buffer.concat(dir), end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(dir.length / 2, 8);
  end.writeUInt16LE(dir.length / 2, 10);
  end.writeUInt32LE(d.length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...bodies, d, end]);
}

const esc = (s) => String(s).replace(/[&<>"]/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[c]);
const letters = (i) => (i >= 26 ? letters(Math.floor(i / 26) - 1) : "") + String.fromCharCode(65 + i % 26);

/* rows: arrays of text, numbers, {f: formula} */
export function xlsx(rows) {
  const cell = (v, r, c) => {
    const ref = `${letters(c)}${r + 1}`;
    if (v === "" || v == null) return "";
    if (typeof v === "number") return `<c r="${ref}"><v>${v}</v></c>`;
    if (v.f) return `<c r="${ref}"><f>${esc(v.f)}</f><v>1</v></c>`;
    return `<c r="${ref}" t="inlineStr"><is><t xml:space="preserve">${esc(v)}</t></is></c>`;
  };
  const sheet = rows.map((row, r) => `<row r="${r + 1}">${row.map((v, c) => cell(v, r, c)).join("")}</row>`).join("");
  return zip({
    "[Content_Types].xml": '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
    "xl/workbook.xml": '<workbook xmlns:r="r"><sheets><sheet name="a" sheetId="1" r:id="r1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": '<Relationships><Relationship Id="r1" Target="worksheets/sheet1.xml"/></Relationships>',
    "xl/worksheets/sheet1.xml": `<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>${sheet}</sheetData></worksheet>`,
  });
}

export function unzip(buffer) {
  const parts = {}, end = buffer.length - 22;
  let at = buffer.readUInt32LE(end + 16);
  for (let i = 0; i < buffer.readUInt16LE(end + 10); i++) {
    const method = buffer.readUInt16LE(at + 10), packed = buffer.readUInt32LE(at + 20), n = buffer.readUInt16LE(at + 28), m = buffer.readUInt16LE(at + 30), k = buffer.readUInt16LE(at + 32);
    const from = buffer.readUInt32LE(at + 42), name = buffer.subarray(at + 46, at + 46 + n).toString();
    const data = from + 30 + buffer.readUInt16LE(from + 26) + buffer.readUInt16LE(from + 28), body = buffer.subarray(data, data + packed);
    parts[name] = method ? inflateRawSync(body) : body;
    at += 46 + n + m + k;
  }
  return parts;
}

/* Rows of text of the first sheet. */
export function read_xlsx(buffer) {
  const parts = unzip(buffer), back = (s) => s.replace(/&(amp|lt|gt|quot|apos);/g, (_, n) => ({ amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" })[n]);
  const text = (s) => [...s.matchAll(/<t[^>]*>([^<]*)<\/t>/g)].map((m) => back(m[1])).join("");
  const shared = [...(parts["xl/sharedStrings.xml"]?.toString() ?? "").matchAll(/<si>(.*?)<\/si>/gs)].map((m) => text(m[1]));
  return [...parts["xl/worksheets/sheet1.xml"].toString().matchAll(/<row[^>]*>(.*?)<\/row>/gs)].map(([, row]) => {
    const out = [];
    for (const [, attrs, body] of row.matchAll(/<c ([^>]*?)(?:\/>|>(.*?)<\/c>)/gs)) {
      const ref = /r="([A-Z]+)/.exec(attrs)[1], col = [...ref].reduce((a, c) => a * 26 + c.charCodeAt(0) - 64, 0) - 1;
      const v = /<v>([^<]*)<\/v>/.exec(body ?? "")?.[1] ?? "";
      out[col] = /t="s"/.test(attrs) ? shared[v] : /t="inlineStr"/.test(attrs) ? text(body) : v;
    }
    return Array.from(out, (x) => x ?? "");
  });
}
