// Lower case without Vietnamese marks: "Phòng Đống Đa" -> "phong dong da".
export const fold = (text) =>
  text
    .toLowerCase()
    .normalize("NFD")
    .replace(/\p{M}/gu, "")
    .replaceAll("đ", "d");
