"""What files hold, whatever wrote them: CSV, workbooks of every kind, address cards → lists of rows under headers."""
